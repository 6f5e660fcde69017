"""SMS' way in: what the provider pushes, and the gateway's end of the channel.

The provider signs nothing, so its address holds a secret, which is compared in constant
time and never logged; its networks can be named too.
"""

import hmac
import ipaddress

from aiohttp import web

from channels import counting
from channels.doors import Surroundings
from channels.messages import InboundMessage
from channels.sms import opting_out, pushes, sent, templates
from channels.sms.adapter import SmsAdapter
from channels.sms.aliyun import Aliyun
from channels.sms.reading import phone_of, read
from channels.sms.settings import SmsSettings

CHANNEL = "sms"
PATH = "/sms/aliyun"
LARGEST_PUSH_BYTES = 512 * 1024
TAKEN = {"code": 0, "msg": "接收成功"}  # the number 0 is all that is looked at


class SmsDoor:
    """What is stored is acknowledged; the provider pushes again after 1, 5 and 10 minutes."""

    name = CHANNEL

    def __init__(self, settings: SmsSettings, around: Surroundings) -> None:
        """Raises ``BadChannelSetting``."""
        self._settings, self._around = settings, around
        self._provider = Aliyun(settings.aliyun, templates.read(settings.aliyun.templates))
        self.adapter = SmsAdapter(
            self._provider, around.pool, settings.signature, settings.price_e4
        )

    def add_to(self, application: web.Application) -> None:
        application.router.add_post(f"{PATH}/{{secret}}/up", self.up)
        application.router.add_post(f"{PATH}/{{secret}}/report", self.report)

    async def close(self) -> None:
        await self._provider.close()

    async def up(self, request: web.Request) -> web.Response:
        """Customers' messages."""
        try:
            messages, strange = pushes.ups(await self._body(request))
        except pushes.NotUnderstood:
            return web.Response(status=400)
        for message in messages:
            await self._heard(message)
        await self._count_strange(strange)
        return web.json_response(TAKEN)

    async def report(self, request: web.Request) -> web.Response:
        """Receipts of what we sent."""
        try:
            reports, strange = pushes.reports(await self._body(request))
        except pushes.NotUnderstood:
            return web.Response(status=400)
        for report in reports:
            await sent.note_receipt(self._around.pool, report.receipt())
        await self._count_strange(strange)
        return web.json_response(TAKEN)

    async def _body(self, request: web.Request) -> bytes:
        given = request.match_info["secret"].encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, self._settings.callback_secret.encode()):
            raise web.HTTPNotFound
        if not self._may_call(request.remote):
            raise web.HTTPForbidden
        if (request.content_length or 0) > LARGEST_PUSH_BYTES:
            raise web.HTTPRequestEntityTooLarge(LARGEST_PUSH_BYTES, request.content_length or 0)
        return await request.read()

    def _may_call(self, address: str | None) -> bool:
        if not self._settings.callers:
            return True
        try:
            caller = ipaddress.ip_address(address or "")
        except ValueError:
            return False
        return any(caller in network for network in self._settings.callers)

    async def _heard(self, up: pushes.Up) -> None:
        """A machine's message is left alone: answering it could go on for ever."""
        phone, heard = phone_of(up.phone_number), read(up.content)
        if phone is None or heard is None:
            await self._count_strange(1)
            return
        intake = self._around.intake
        if heard.wish == "opt_out":
            await opting_out.opt_out(self._around.pool, phone, heard.text)
            await intake.tell(CHANNEL, phone, "opted_out", up.sequence_id)
        elif heard.wish == "opt_in":
            await opting_out.opt_in(self._around.pool, phone)
            await intake.tell(CHANNEL, phone, "opted_in", up.sequence_id)
        else:
            metadata = {"dest_code": up.dest_code} if up.dest_code else {}
            message = InboundMessage(
                CHANNEL, phone, up.sequence_id, heard.text, said=heard.said, metadata=metadata
            )
            await intake.take(message)

    async def _count_strange(self, number: int) -> None:
        for _ in range(min(number, 10)):
            await counting.count(self._around.pool, "sms_not_understood")
