"""Template messages: what may be sent to followers who have not written for two days.

Which templates an account has is its own affair, so they stand in a file of the operator::

    bill_issued:
      template_id: NgqIpbwh8bUfcSsECmogfXcV14J0tQlEpBO27izEYtY
      data: {character_string1: "{account_no}", amount2: "{total_yuan}", time3: "{due_on}"}

Rules: developers.weixin.qq.com, 模板消息 (values of at most 20 characters, no line breaks).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from channels.settings import BadChannelSetting

LONGEST_VALUE = 20


@dataclass(frozen=True)
class Template:
    template_id: str
    data: Mapping[str, str]

    def filled(self, fields: Mapping[str, str]) -> dict[str, dict[str, str]] | None:
        """The values; None when the message has no figure of a name that is asked for."""
        try:
            values = {name: value.format(**fields) for name, value in self.data.items()}
        except (KeyError, IndexError):
            return None
        return {name: {"value": _one_line(value)} for name, value in values.items()}


def read(path: Path | None) -> Mapping[str, Template]:
    """By topic. Raises ``BadChannelSetting``."""
    if path is None:
        return {}
    try:
        written = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        return {topic: _template(one) for topic, one in written.items()}
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError):
        raise BadChannelSetting(
            f"{path} 应为每个通知一项，各有 template_id 和 data，见 docs/channels/wechat.md。"
        ) from None


def _template(written: dict[str, Any]) -> Template:
    data = {str(name): str(value) for name, value in written["data"].items()}
    return Template(str(written["template_id"]), data)


def _one_line(value: str) -> str:
    return " ".join(value.split())[:LONGEST_VALUE]
