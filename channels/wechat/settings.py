"""What switches the WeChat Official Account on."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from channels.settings import BadChannelSetting, Environment, all_or_none, read

API_URL = "https://api.weixin.qq.com"
CALLBACK_PATH = "/wechat/callback"
NAMES = ("WECHAT_APP_ID", "WECHAT_APP_SECRET", "WECHAT_TOKEN")
AES_KEY = re.compile(r"[A-Za-z0-9]{43}", re.ASCII)  # 消息加解密密钥: 43 letters and digits
TOKEN = re.compile(r"[A-Za-z0-9]{3,32}", re.ASCII)  # 令牌: 3 to 32 letters and digits


@dataclass(frozen=True)
class WeChatSettings:
    """``aes_keys``: the current key, then the one before it; empty in plain mode.

    ``customer_service``: the account may write by itself (客服接口). ``templates``: the file of
    the template messages.
    """

    app_id: str
    app_secret: str = field(repr=False)
    token: str = field(repr=False)
    aes_keys: tuple[str, ...] = field(default=(), repr=False)
    customer_service: bool = True
    templates: Path | None = None
    api_url: str = API_URL


def settings_from(environment: Environment) -> WeChatSettings | None:
    """None when it is off. Raises ``BadChannelSetting``."""
    values = all_or_none(environment, NAMES)
    if values is None:
        return None
    app_id, secret, token = values
    if not TOKEN.fullmatch(token):
        raise BadChannelSetting("WECHAT_TOKEN 应为 3 到 32 位字母或数字，与公众平台上填的一致。")
    keys = [read(environment, name) for name in ("WECHAT_AES_KEY", "WECHAT_AES_KEY_PREVIOUS")]
    aes_keys = tuple(key for key in keys if key)
    if not all(AES_KEY.fullmatch(key) for key in aes_keys):
        raise BadChannelSetting("WECHAT_AES_KEY 应为公众平台上的 43 位消息加解密密钥。")
    templates = read(environment, "WECHAT_TEMPLATES")
    if templates and not Path(templates).is_file():
        raise BadChannelSetting(f"WECHAT_TEMPLATES 的文件 {templates} 不存在。")
    return WeChatSettings(
        app_id,
        secret,
        token,
        aes_keys,
        read(environment, "WECHAT_CUSTOMER_SERVICE", "1") != "0",
        Path(templates) if templates else None,
        read(environment, "WECHAT_API_URL", API_URL),
    )
