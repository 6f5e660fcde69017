"""Where the payment provider tells us what happened.

WeChat Pay waits five seconds and takes 200 or 204 for yes; anything else is sent again
(apiv3/apis/chapter3_1_11). So yes is said after the commit, never before.
"""

import structlog
from aiohttp import web

from billing_client.pay.port import NoticeRefused, PaymentProvider
from billing_client.services.provider_notices import NoticeDesk

log = structlog.get_logger(__name__)

LARGEST_NOTICE_BYTES = 64 * 1024


class NotifyEndpoint:
    def __init__(self, provider: PaymentProvider, desk: NoticeDesk) -> None:
        self._provider = provider
        self._desk = desk

    async def take(self, request: web.Request) -> web.Response:
        """204 once committed, 4xx for what is not the provider's word, 500 to be sent again."""
        if (request.content_length or 0) > LARGEST_NOTICE_BYTES:
            return _refusal(413, "通知过大")
        body = await request.read()
        try:
            notice = self._provider.read_notice(request.headers, body)
        except NoticeRefused as refusal:
            log.warning("notify.refused", reason=str(refusal))
            return _refusal(401, "验签失败")
        try:
            outcome = await self._desk.take_in(notice)
        except Exception:
            log.exception("notify.failed", notice_id=notice.notice_id)
            return _refusal(500, "处理失败")
        log.info("notify.taken", event_type=notice.event_type, outcome=str(outcome))
        return web.Response(status=204)


def _refusal(status: int, message: str) -> web.Response:
    return web.json_response({"code": "FAIL", "message": message}, status=status)
