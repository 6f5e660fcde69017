"""Who the caller is, the account, and what surrounds it."""

from datetime import datetime

from billing_client import views
from billing_client.remote.asked import Asked
from billing_client.views import Caller


class IdentitySide(Asked):
    """Part of ``BillingClient``; see there for what each method promises."""

    async def identify(self, caller: Caller) -> views.IdentityView:
        return await self.transport.ask("identify", caller)

    async def request_code(self, caller: Caller, wanted: str | None = None) -> views.CodeSentView:
        return await self.transport.ask("request_code", caller, wanted=wanted)

    async def confirm_code(self, caller: Caller, code: str) -> views.IdentityView:
        return await self.transport.ask("confirm_code", caller, code=code)

    async def unbind(self, caller: Caller, account_no: str) -> None:
        return await self.transport.ask("unbind", caller, account_no=account_no)

    async def reminders(self, caller: Caller, account_no: str) -> views.RemindersView:
        return await self.transport.ask("reminders", caller, account_no=account_no)

    async def set_reminders(
        self, caller: Caller, account_no: str, wanted: dict[str, bool]
    ) -> views.RemindersView:
        return await self.transport.ask(
            "set_reminders", caller, account_no=account_no, wanted=wanted
        )

    async def change_phone(self, caller: Caller, account_no: str, phone: str) -> views.AccountView:
        return await self.transport.ask("change_phone", caller, account_no=account_no, phone=phone)

    async def staff_on_duty(self) -> bool:
        return await self.transport.ask("staff_on_duty")

    async def now(self) -> datetime:
        return await self.transport.ask("now")

    async def take_notices(self, limit: int = 20) -> tuple[views.NoticeView, ...]:
        return await self.transport.ask("take_notices", limit=limit)

    async def settle_notice(self, notice_id: int) -> None:
        return await self.transport.ask("settle_notice", notice_id=notice_id)

    async def notice_failed(self, notice_id: int) -> None:
        return await self.transport.ask("notice_failed", notice_id=notice_id)
