"""The registered templates, for providers that send nothing else, from the operator's file::

    bill_issued: {code: SMS_154950909, params: {month: "{period}", fee: "{total_yuan}"}}
    one_time_code: {code: SMS_154950910, params: {code: "{code}"}}
    answer: {code: SMS_154950911, params: {text: "{text}"}}

``answer`` is what the bot's own words go through; a provider that grants none can be told
notices by, and no conversation.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from channels.settings import BadChannelSetting

ANSWER = "answer"


@dataclass(frozen=True)
class SmsTemplate:
    code: str
    params: Mapping[str, str]

    def filled(self, fields: Mapping[str, str]) -> dict[str, str]:
        """A figure that the message does not have stays empty."""
        return {name: value.format_map(_Blank(fields)) for name, value in self.params.items()}


class _Blank(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return ""


def read(path: Path | None) -> Mapping[str, SmsTemplate]:
    """By topic. Raises ``BadChannelSetting``."""
    if path is None:
        return {}
    try:
        written = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        return {
            topic: SmsTemplate(
                str(one["code"]), {str(k): str(v) for k, v in one.get("params", {}).items()}
            )
            for topic, one in written.items()
        }
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError):
        raise BadChannelSetting(
            f"{path} 应为每个通知一项，各有 code 和 params，见 docs/channels/sms.md。"
        ) from None
