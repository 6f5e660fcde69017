"""What switches Telegram on."""

import hashlib
import hmac
import re
from dataclasses import dataclass, field

from channels.settings import BadChannelSetting, Environment, read

API_URL = "https://api.telegram.org"
TOKEN = re.compile(r"\d{3,20}:[A-Za-z0-9_-]{20,100}", re.ASCII)
WEBHOOK_PATH = "/telegram/webhook"


@dataclass(frozen=True)
class TelegramSettings:
    """``api_url`` other than Telegram's own is a Bot API server on one's own network."""

    token: str = field(repr=False)
    api_url: str = API_URL

    @property
    def secret(self) -> str:
        """What Telegram sends in X-Telegram-Bot-Api-Secret-Token: 64 of [0-9a-f].

        Made from the token, so that there is one secret to keep, and none is told by the other.
        """
        return hmac.new(self.token.encode(), b"telegram webhook", hashlib.sha256).hexdigest()


def settings_from(environment: Environment) -> TelegramSettings | None:
    """None when it is off. Raises ``BadChannelSetting``."""
    token = read(environment, "TELEGRAM_BOT_TOKEN")
    if not token:
        return None
    if not TOKEN.fullmatch(token):
        raise BadChannelSetting(
            "TELEGRAM_BOT_TOKEN 应为「数字:字母」的样子，请从 BotFather 重新复制。"
        )
    return TelegramSettings(token, read(environment, "TELEGRAM_API_URL", API_URL))
