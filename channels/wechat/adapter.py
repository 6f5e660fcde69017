"""Replies that do not go out in the answer to WeChat's request: customer service, templates."""

from collections.abc import Mapping

from channels.database import Pool
from channels.delivery import Delivery, DeliveryLater, DeliveryPostponed, DeliveryRefused
from channels.wechat import allowance
from channels.wechat.client import BUSY, WeChatApi, WeChatError
from channels.wechat.templates import Template

# developers.weixin.qq.com, 全局返回码
OUTSIDE_WINDOW, BUDGET_USED_UP = 45015, 45047
DAY_LIMIT, MINUTE_LIMIT = 45009, 45011
NEVER = frozenset(
    {
        40003,  # no such openid
        40037,  # no such template
        43004,  # does not follow us
        43101,  # refused this message
        47003,  # a value that the template does not take
        48001,  # the account may not do this
        48002,  # refuses messages
        48004,  # the interface is banned
        50002,  # the user is restricted
    }
)
MINUTE, HOUR, MOMENT = 60.0, 3600.0, 3.0


class WeChatAdapter:
    """``customer_service`` False: the account may not write by itself, only answer."""

    def __init__(
        self,
        api: WeChatApi,
        pool: Pool,
        templates: Mapping[str, Template],
        *,
        customer_service: bool,
    ) -> None:
        self._api, self._pool = api, pool
        self._templates, self._customer_service = templates, customer_service

    async def deliver(self, delivery: Delivery, part: object, number: int) -> str | None:
        """Within the budget as text; a message of our own accord beyond it as a template."""
        try:
            if self._customer_service and await allowance.spend(self._pool, delivery.channel_user):
                await self._by_customer_service(delivery.channel_user, str(part))
                return None
            return await self._by_template(delivery)
        except WeChatError as error:
            raise await self._meaning(delivery, error) from None

    async def _by_customer_service(self, openid: str, words: str) -> None:
        """What has no answer counts as sent; a refusal does not."""
        try:
            await self._api.call(
                "/cgi-bin/message/custom/send",
                touser=openid,
                msgtype="text",
                text={"content": words},
            )
        except WeChatError:
            await allowance.give_back(self._pool, openid)
            raise

    async def _by_template(self, delivery: Delivery) -> str:
        if delivery.topic is None:
            raise DeliveryPostponed("the budget is used up until the customer writes")
        template = self._templates.get(delivery.topic)
        data = template.filled(delivery.fields or {}) if template else None
        if template is None or data is None:
            raise DeliveryRefused("outside the window, and no template for it")
        sent = await self._api.call(
            "/cgi-bin/message/template/send",
            touser=delivery.channel_user,
            template_id=template.template_id,
            client_msg_id=delivery.send_key[-32:],
            data=data,
        )
        return str(sent.get("msgid", ""))

    async def _meaning(self, delivery: Delivery, error: WeChatError) -> Exception:
        if error.code in (OUTSIDE_WINDOW, BUDGET_USED_UP):
            await allowance.none_left(self._pool, delivery.channel_user)
            return DeliveryLater(0)  # a template, or kept until the customer writes
        if error.code in NEVER:
            return DeliveryRefused(str(error))
        if error.code == DAY_LIMIT:
            return DeliveryLater(HOUR)
        if error.code == MINUTE_LIMIT:
            return DeliveryLater(MINUTE)
        return DeliveryLater(MOMENT) if error.code == BUSY and "HTTP" not in str(error) else error
