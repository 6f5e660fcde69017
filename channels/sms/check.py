"""`xiaoshui channel check sms`: are the key, the signature and the templates good."""

import aiohttp

from channels.findings import Finding, bad, good
from channels.sms import templates
from channels.sms.aliyun import Aliyun, AliyunError
from channels.sms.door import PATH
from channels.sms.port import OutgoingSms
from channels.sms.settings import SmsSettings
from channels.sms.templates import ANSWER

NOBODY = OutgoingSms("13800000000", "", "check")  # only asked about, never written to
# help.aliyun.com, 短信服务错误码 and 公共错误码
REASONS = {
    "SignatureDoesNotMatch": "SMS_ALIYUN_KEY_SECRET 不对。",
    "InvalidAccessKeyId.NotFound": "SMS_ALIYUN_KEY_ID 不存在，请核对。",
    "InvalidAccessKeyId.Inactive": "这对 AccessKey 已停用。",
    "Forbidden.RAM": "这对 AccessKey 没有短信服务的权限，请在 RAM 里授权。",
    "isv.OUT_OF_SERVICE": "短信服务已停机，多为欠费。",
    "InvalidTimeStamp.Expired": "本机时钟差得太多，请校时。",
}


async def check(settings: SmsSettings, public_url: str) -> list[Finding]:
    registered = templates.read(settings.aliyun.templates)
    provider = Aliyun(settings.aliyun, registered)
    try:
        await provider.find(NOBODY)
    except AliyunError as error:
        return [bad(REASONS.get(error.code, f"短信平台拒绝了请求：{error}"))]
    except (aiohttp.ClientError, TimeoutError):
        return [bad(f"连不上 {settings.aliyun.api_url}，请检查网络和防火墙。")]
    finally:
        await provider.close()
    path = f"{public_url}{PATH}/SMS_CALLBACK_SECRET"
    findings = [
        good("凭据有效。"),
        good(f"平台上的推送地址应为：上行 {path}/up，回执 {path}/report"),
    ]
    if ANSWER not in registered:
        findings.append(bad("SMS_TEMPLATES 里没有 answer：小水的回答发不出去，只能发通知。"))
    if not settings.price_e4:
        findings.append(bad("没有设置 SMS_PRICE_PER_PART：只数条数，不算钱。"))
    return findings
