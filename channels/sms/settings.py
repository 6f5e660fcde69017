"""What switches SMS on."""

import ipaddress
import re
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path

from channels.settings import BadChannelSetting, Environment, all_or_none, read

ALIYUN_URL = "https://dysmsapi.aliyuncs.com"
ALIYUN_NAMES = ("SMS_ALIYUN_KEY_ID", "SMS_ALIYUN_KEY_SECRET", "SMS_SIGN_NAME")
CALLBACK_SECRET = re.compile(r"[A-Za-z0-9_-]{24,128}", re.ASCII)
E4_A_YUAN = 10_000

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True)
class AliyunSettings:
    key_id: str
    key_secret: str = field(repr=False)
    sign_name: str
    extension: str = ""
    templates: Path | None = None
    api_url: str = ALIYUN_URL


@dataclass(frozen=True)
class SmsSettings:
    """``callback_secret`` stands in the address that the provider calls, as it signs nothing.

    ``price_e4``: of one part, in 1/10,000 yuan. ``callers``: networks that may call, all if empty.
    """

    aliyun: AliyunSettings
    callback_secret: str = field(repr=False)
    price_e4: int = 0
    callers: tuple[Network, ...] = ()

    @property
    def signature(self) -> str:
        """What the provider puts in front of each message, and bills."""
        return f"【{self.aliyun.sign_name}】"


def settings_from(environment: Environment) -> SmsSettings | None:
    """None when it is off. Raises ``BadChannelSetting``."""
    values = all_or_none(environment, (*ALIYUN_NAMES, "SMS_CALLBACK_SECRET"))
    if values is None:
        return None
    key_id, key_secret, sign_name, secret = values
    if not CALLBACK_SECRET.fullmatch(secret):
        raise BadChannelSetting("SMS_CALLBACK_SECRET 应为至少 24 位的字母和数字，请随机生成。")
    templates = read(environment, "SMS_TEMPLATES")
    if templates and not Path(templates).is_file():
        raise BadChannelSetting(f"SMS_TEMPLATES 的文件 {templates} 不存在。")
    aliyun = AliyunSettings(
        key_id,
        key_secret,
        sign_name.strip("【】"),
        read(environment, "SMS_EXTENSION"),
        Path(templates) if templates else None,
        read(environment, "SMS_ALIYUN_URL", ALIYUN_URL),
    )
    return SmsSettings(
        aliyun,
        secret,
        _price(read(environment, "SMS_PRICE_PER_PART", "0")),
        _networks(read(environment, "SMS_CALLERS")),
    )


def _price(written: str) -> int:
    try:
        price = Decimal(written) * E4_A_YUAN
    except InvalidOperation:
        price = Decimal(-1)
    if not 0 <= price <= E4_A_YUAN or price != int(price):
        raise BadChannelSetting("SMS_PRICE_PER_PART 应为每条短信的价格（元），如 0.045。")
    return int(price)


def _networks(written: str) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(one) for one in written.replace(",", " ").split())
    except ValueError:
        raise BadChannelSetting("SMS_CALLERS 应为 IP 或网段，空格分隔。") from None
