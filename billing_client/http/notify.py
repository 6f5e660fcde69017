"""Where a payment provider tells us what happened: a route of its own for each.

Providers wait a few seconds for their word for yes; anything else is sent again (WeChat Pay:
apiv3/apis/chapter3_1_11). So yes is said after the commit, never before.
"""

import structlog
from aiohttp import web

from billing_client.pay.port import NoticeRefused, PaymentProvider
from billing_client.services.provider_notices import NoticeDesk, Replayed

log = structlog.get_logger(__name__)

LARGEST_NOTICE_BYTES = 64 * 1024


class NotifyEndpoint:
    def __init__(self, provider: PaymentProvider, desk: NoticeDesk) -> None:
        self._provider = provider
        self._desk = desk

    async def take(self, request: web.Request) -> web.Response:
        """204 once committed, 4xx for what is not the provider's word, 500 to be sent again."""
        body = await _bounded(request)
        if body is None:
            return self._refused(413, "通知过大")
        try:
            notice = self._provider.read_notice(request.headers, body)
        except NoticeRefused as refusal:
            return self._refused(401, "验签失败", str(refusal))
        try:
            outcome = await self._desk.take_in(notice)
        except Replayed:
            return self._refused(401, "重复的请求", "replayed")
        except Exception:
            log.exception("notify.failed", notice_id=notice.notice_id)
            return self._answer(500, "处理失败")
        log.info("notify.taken", event_type=notice.event_type, outcome=str(outcome))
        return self._answer(204)

    def _refused(self, status: int, said: str, reason: str = "") -> web.Response:
        log.warning("notify.refused", provider=self._provider.name, reason=reason or said)
        return self._answer(status, said)

    def _answer(self, status: int, reason: str = "") -> web.Response:
        answer = self._provider.answer_notice(status, reason)
        return web.Response(
            status=answer.status, text=answer.body, content_type=answer.content_type
        )


async def _bounded(request: web.Request) -> bytes | None:
    """The body, never more of it in memory than a notice may have; None when it has more."""
    if (request.content_length or 0) > LARGEST_NOTICE_BYTES:
        return None
    body = await request.content.read(LARGEST_NOTICE_BYTES + 1)
    while 0 < len(body) <= LARGEST_NOTICE_BYTES and not request.content.at_eof():
        body += await request.content.read(LARGEST_NOTICE_BYTES + 1 - len(body))
    return body if len(body) <= LARGEST_NOTICE_BYTES else None
