"""The desk's rules of time, read and checked once from ``rules.yml`` or the file set for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal, cast

import yaml

from channels.desk.opening import Hours, Period, Periods
from channels.settings import BadChannelSetting

FILE = Path(__file__).with_name("rules.yml")
SETTING = "DESK_RULES"
LONGEST_MINUTES = 24 * 60
MINUTES = (
    "agent_gone_minutes",
    "agent_idle_minutes",
    "customer_silent_minutes",
    "customer_gone_minutes",
    "place_again_minutes",
)


@dataclass(frozen=True)
class Rules:
    """What ``rules.yml`` explains, by the same names."""

    hours: Hours
    agent_gone_minutes: int
    agent_idle_minutes: int
    customer_silent_minutes: int
    customer_gone_minutes: int
    customer_gone_to: Literal["bot", "closed"]
    place_again_minutes: int
    waiting_time_from: int
    waiting_time_hours: int


def rules_from(environment: Mapping[str, str]) -> Rules:
    """Raises ``BadChannelSetting`` with a sentence that says what to change."""
    file = Path(environment.get(SETTING, "").strip() or FILE)
    try:
        return parsed(yaml.safe_load(file.read_text(encoding="utf-8")))
    except OSError:
        raise BadChannelSetting(f"{SETTING} 指的文件读不到：{file}") from None
    except yaml.YAMLError as error:
        raise BadChannelSetting(f"{file} 不是正确的 YAML：{error}") from None


def parsed(values: Any) -> Rules:
    """Raises ``BadChannelSetting``."""
    names = set(Rules.__dataclass_fields__)
    if not isinstance(values, dict) or set(cast("dict[str, Any]", values)) != names:
        raise BadChannelSetting(f"坐席规则要写且只写这些项：{'、'.join(sorted(names))}")
    given = cast("dict[str, Any]", values)
    numbers = {name: _number(given, name) for name in (*MINUTES, "waiting_time_from")}
    numbers["waiting_time_hours"] = _number(given, "waiting_time_hours")
    if given["customer_gone_to"] not in ("bot", "closed"):
        raise BadChannelSetting("坐席规则 customer_gone_to 只能是 bot 或 closed。")
    return Rules(
        hours=_hours(given["hours"]), customer_gone_to=given["customer_gone_to"], **numbers
    )


def _number(values: Mapping[str, Any], name: str) -> int:
    value = values[name]
    if type(value) is not int or not 1 <= value <= LONGEST_MINUTES:
        raise BadChannelSetting(f"坐席规则 {name} 要写 1 到 {LONGEST_MINUTES} 的整数。")
    return value


def _hours(values: Any) -> Hours:
    try:
        dates = {date.fromisoformat(str(day)): _periods(p) for day, p in values["dates"].items()}
        return Hours(_periods(values["working_day"]), _periods(values["rest_day"]), dates)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise BadChannelSetting(
            '坐席规则 hours 写错了：每天是时段的列表，如 ["08:30-12:00", "13:30-17:30"]。'
        ) from None


def _periods(values: list[str]) -> Periods:
    return tuple(Period.parse(text) for text in values)
