"""What each channel can show, passed to the bot with every message and used by the renderers."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Abilities:
    """``max_length`` is in ``length_unit``; a longer text is split by the channel's renderer."""

    buttons: bool
    links: bool
    images: bool
    photos_in: bool  # the customer can send a photo
    numbers_options: bool  # a digit answers the options last shown
    max_length: int
    length_unit: str  # characters | utf8_bytes | utf16_units

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


# WeChat: custom/send refuses a text over 2048 bytes of UTF-8 with errcode 45002.
WECHAT_TEXT_BYTES = 2048
# Telegram: sendMessage takes 1–4096 characters (core.telegram.org/bots/api#sendmessage);
# counted as UTF-16 units here, as entities are, so that no emoji makes it too long.
TELEGRAM_TEXT_UNITS = 4096
# SMS in UCS-2: 70 units in one message, 67 a part when split; at most 500 characters
# in all (help.aliyun.com, 短信服务, 计费 and 模板规范).
SMS_SINGLE_UNITS = 70
SMS_PART_UNITS = 67
SMS_TOTAL_UNITS = 500
WEB_TEXT_CHARACTERS = 4000

CHANNELS: dict[str, Abilities] = {
    "web": Abilities(True, True, True, True, False, WEB_TEXT_CHARACTERS, "characters"),
    "wechat": Abilities(False, True, True, True, True, WECHAT_TEXT_BYTES, "utf8_bytes"),
    "telegram": Abilities(True, True, True, True, True, TELEGRAM_TEXT_UNITS, "utf16_units"),
    "sms": Abilities(False, True, False, False, True, SMS_TOTAL_UNITS, "utf16_units"),
}

# Customers of the terminal door, whatever channel they play: they fetch what is for them.
DEMO_USER_PREFIX = "demo:"
TERMINAL_USER_PREFIX = "terminal:"


def abilities_of(channel: str) -> Abilities:
    """Raises ``KeyError`` for a channel that is none."""
    return CHANNELS[channel]


def is_pulled(channel: str, channel_user: str) -> bool:
    """True when the customer's client fetches its messages, so nothing is delivered to it."""
    return channel == "web" or channel_user.startswith((DEMO_USER_PREFIX, TERMINAL_USER_PREFIX))
