"""Which push channels are switched on, by the settings of the environment."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from channels.doors import Door, DoorMaker, Surroundings
from channels.findings import Finding
from channels.settings import Environment
from channels.sms.settings import ALIYUN_NAMES
from channels.sms.settings import settings_from as sms_settings
from channels.telegram.settings import settings_from as telegram_settings
from channels.wechat.settings import NAMES as WECHAT_NAMES
from channels.wechat.settings import settings_from as wechat_settings

Check = Callable[[str], Awaitable[list[Finding]]]  # given the public address


@dataclass(frozen=True)
class Connection:
    """One channel. ``make`` and ``check`` are None while it is off; ``sentence`` says which.

    ``connect`` registers our address with the provider, where that can be done from here.
    """

    name: str
    title: str
    sentence: str
    make: DoorMaker | None = None
    check: Check | None = None
    connect: Check | None = None


def connections(environment: Environment) -> Sequence[Connection]:
    """Raises ``BadChannelSetting``. What a channel needs is imported only when it is on."""
    return (_wechat(environment), _sms(environment), _telegram(environment))


def _sms(environment: Environment) -> Connection:
    name, title = "sms", "短信"
    settings = sms_settings(environment)
    if settings is None:
        return Connection(name, title, f"关，没有设置 {'、'.join(ALIYUN_NAMES)}")

    def make(around: Surroundings) -> Door:
        from channels.sms.door import SmsDoor

        return SmsDoor(settings, around)

    async def check(public_url: str) -> list[Finding]:
        from channels.sms import check

        return await check.check(settings, public_url)

    return Connection(name, title, "开（阿里云）", make, check)


def _wechat(environment: Environment) -> Connection:
    name, title = "wechat", "微信公众号"
    settings = wechat_settings(environment)
    if settings is None:
        return Connection(name, title, f"关，没有设置 {'、'.join(WECHAT_NAMES)}")

    def make(around: Surroundings) -> Door:
        from channels.wechat.door import WeChatDoor

        return WeChatDoor(settings, around)

    async def check(public_url: str) -> list[Finding]:
        from channels.wechat import check

        return await check.check(settings, public_url)

    async def connect(public_url: str) -> list[Finding]:
        from channels.wechat import check

        return await check.connect(settings, public_url)

    return Connection(name, title, "开", make, check, connect)


def _telegram(environment: Environment) -> Connection:
    name, title = "telegram", "Telegram"
    settings = telegram_settings(environment)
    if settings is None:
        return Connection(name, title, "关，没有设置 TELEGRAM_BOT_TOKEN")

    def make(around: Surroundings) -> Door:
        from channels.telegram.door import TelegramDoor

        return TelegramDoor(settings, around)

    async def check(public_url: str) -> list[Finding]:
        from channels.telegram import check

        return await check.check(settings, public_url)

    async def connect(public_url: str) -> list[Finding]:
        from channels.telegram import check

        return await check.connect(settings, public_url)

    return Connection(name, title, "开", make, check, connect)
