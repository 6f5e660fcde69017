"""`xiaoshui channel check telegram`: is the token right, does Telegram reach us."""

from datetime import UTC, datetime
from typing import Any

import aiohttp

from channels.findings import Finding, bad, good
from channels.telegram.client import UNAUTHORISED, BotApi, BotApiError
from channels.telegram.settings import WEBHOOK_PATH, TelegramSettings

# What a webhook may listen on (core.telegram.org/bots/api#setwebhook).
PORTS = ("443", "80", "88", "8443")
UPDATES = ["message", "edited_message", "callback_query"]


async def check(settings: TelegramSettings, public_url: str) -> list[Finding]:
    api = BotApi(settings.token, settings.api_url)
    try:
        me = await api.call("getMe")
        webhook = await api.call("getWebhookInfo")
    except BotApiError as error:
        if error.status in UNAUTHORISED:
            return [bad("令牌无效：请到 BotFather 核对 TELEGRAM_BOT_TOKEN。")]
        return [bad(f"Telegram 拒绝了请求：{error}")]
    except (aiohttp.ClientError, TimeoutError):
        return [bad(f"连不上 {settings.api_url}：请检查网络；中国大陆的网络通常到不了 Telegram。")]
    finally:
        await api.close()
    return [good(f"令牌有效，机器人是 @{me.get('username')}。"), *_webhook(webhook, public_url)]


def _webhook(info: dict[str, Any], public_url: str) -> list[Finding]:
    wanted = f"{public_url}{WEBHOOK_PATH}"
    if not info.get("url"):
        return [bad("回调还没有登记：请执行 xiaoshui channel connect telegram。")]
    if info["url"] != wanted:
        return [bad(f"回调登记的是 {info['url']}，应为 {wanted}：请重新 connect。")]
    findings = [good(f"回调已登记：{wanted}")]
    if info.get("last_error_message"):
        at = datetime.fromtimestamp(info.get("last_error_date", 0), UTC).astimezone()
        findings.append(bad(f"{at:%m-%d %H:%M} 回调失败：{info['last_error_message']}"))
    if (waiting := info.get("pending_update_count", 0)) > 0:
        findings.append(bad(f"有 {waiting} 条消息还没有送到，请确认公网能访问上面的地址。"))
    return findings


async def connect(settings: TelegramSettings, public_url: str) -> list[Finding]:
    """Register our address with Telegram."""
    if not public_url.startswith("https://"):
        return [
            bad(f"PUBLIC_URL 须以 https:// 开头（端口 {'、'.join(PORTS)}），现在是 {public_url}。")
        ]
    api = BotApi(settings.token, settings.api_url)
    try:
        await api.call(
            "setWebhook",
            url=f"{public_url}{WEBHOOK_PATH}",
            secret_token=settings.secret,
            allowed_updates=UPDATES,
        )
    except (BotApiError, aiohttp.ClientError, TimeoutError) as error:
        return [bad(f"登记没有成功：{error}")]
    finally:
        await api.close()
    return [good(f"已登记 {public_url}{WEBHOOK_PATH}。")]
