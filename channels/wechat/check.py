"""`xiaoshui channel check wechat`: are the credentials right, may the account do what we need."""

import aiohttp

from channels.findings import Finding, bad, good
from channels.wechat import menu, templates
from channels.wechat.client import WeChatApi, WeChatError
from channels.wechat.settings import CALLBACK_PATH, WeChatSettings

# developers.weixin.qq.com, 全局返回码; in the words of who has to put it right.
REASONS = {
    40013: "WECHAT_APP_ID 不对，请从公众平台 › 设置与开发 › 基本配置 重新复制。",
    40125: "WECHAT_APP_SECRET 不对；忘记了只能在公众平台重置。",
    40001: "WECHAT_APP_SECRET 不对，或已被重置。",
    40164: "本机的公网 IP 不在公众平台的 IP 白名单里，请加上。",
    48001: "这个账号没有这项接口的权限（多为未认证）。",
    45009: "今天的接口调用次数用完了，明天再试。",
}
NO_MENU = 46003


async def check(settings: WeChatSettings, public_url: str) -> list[Finding]:
    findings = _own(settings, public_url)
    api = WeChatApi(settings, None)
    try:
        await api.tokens.token()
        findings.append(good("凭据有效，取到了接口调用凭据。"))
        findings.append(await _menu(api))
    except WeChatError as error:
        findings.append(bad(REASONS.get(error.code, f"微信拒绝了请求：{error}")))
    except (aiohttp.ClientError, TimeoutError):
        findings.append(bad(f"连不上 {settings.api_url}，请检查网络和防火墙。"))
    finally:
        await api.close()
    return findings


async def connect(settings: WeChatSettings, public_url: str) -> list[Finding]:
    """Put our menu under the chat."""
    api = WeChatApi(settings, None)
    try:
        await api.call("/cgi-bin/menu/create", **menu.built(public_url))
    except WeChatError as error:
        return [bad(REASONS.get(error.code, f"微信没有接受菜单：{error}"))]
    except (aiohttp.ClientError, TimeoutError):
        return [bad(f"连不上 {settings.api_url}，请检查网络和防火墙。")]
    finally:
        await api.close()
    return [good("菜单已更新，关注者重新进入会话后看到。")]


async def _menu(api: WeChatApi) -> Finding:
    try:
        await api.call("/cgi-bin/menu/get")
    except WeChatError as error:
        if error.code != NO_MENU:
            raise
        return bad("会话下面还没有菜单：请执行 xiaoshui channel connect wechat。")
    return good("会话下面有菜单。")


def _own(settings: WeChatSettings, public_url: str) -> list[Finding]:
    """What can be told without asking WeChat."""
    findings = [good(f"公众平台上的服务器地址应为 {public_url}{CALLBACK_PATH}")]
    if not public_url.startswith(("https://", "http://")) or "127.0.0.1" in public_url:
        findings = [bad(f"PUBLIC_URL 应为公网地址（80 或 443 端口），现在是 {public_url}。")]
    if not settings.aes_keys:
        findings.append(bad("没有设置 WECHAT_AES_KEY：明文的消息可以被中途改动，请用安全模式。"))
    if not settings.customer_service:
        findings.append(bad("没有用客服接口：慢的回答要客户再发一句才看得到。"))
    topics = ", ".join(templates.read(settings.templates)) or "无"
    findings.append(good(f"配了模板消息的通知：{topics}"))
    return findings
