"""Bills, use, and what the use says."""

from billing_client import analysis_views, views
from billing_client.remote.asked import Asked
from billing_client.views import Caller


class BillsSide(Asked):
    """Part of ``BillingClient``; see there for what each method promises."""

    async def bills(
        self, caller: Caller, account_no: str, first: str | None = None, last: str | None = None
    ) -> tuple[views.BillView, ...]:
        return await self.transport.ask(
            "bills", caller, account_no=account_no, first=first, last=last
        )

    async def arrears(self, caller: Caller, account_no: str) -> views.ArrearsView:
        return await self.transport.ask("arrears", caller, account_no=account_no)

    async def explain_bill(
        self, caller: Caller, account_no: str, bill_id: int
    ) -> views.BillExplanationView:
        return await self.transport.ask(
            "explain_bill", caller, account_no=account_no, bill_id=bill_id
        )

    async def balance(self, caller: Caller, account_no: str) -> views.BalanceView:
        return await self.transport.ask("balance", caller, account_no=account_no)

    async def usage(self, caller: Caller, account_no: str) -> views.UsageView:
        return await self.transport.ask("usage", caller, account_no=account_no)

    async def submit_reading(
        self,
        caller: Caller,
        account_no: str,
        shown_m3: int,
        *,
        meter_no: str | None = None,
        photos: tuple[str, ...] = (),
    ) -> views.SubmittedReadingView:
        return await self.transport.ask(
            "submit_reading",
            caller,
            account_no=account_no,
            shown_m3=shown_m3,
            meter_no=meter_no,
            photos=photos,
        )

    async def usage_chart(self, account_no: str, signature: str) -> str:
        return await self.transport.ask("usage_chart", account_no=account_no, signature=signature)

    async def usage_chart_png(self, account_no: str, signature: str) -> bytes | None:
        return await self.transport.ask(
            "usage_chart_png", account_no=account_no, signature=signature
        )

    async def chart_url(self, caller: Caller, account_no: str) -> str:
        return await self.transport.ask("chart_url", caller, account_no=account_no)

    async def tier_position(self, caller: Caller, account_no: str) -> views.TierPositionView:
        return await self.transport.ask("tier_position", caller, account_no=account_no)

    async def tariff(self, caller: Caller, customer_class: str | None = None) -> views.TariffView:
        return await self.transport.ask("tariff", caller, customer_class=customer_class)

    async def leak_signs(self, caller: Caller, account_no: str) -> analysis_views.LeakView:
        return await self.transport.ask("leak_signs", caller, account_no=account_no)

    async def forecast(self, caller: Caller, account_no: str) -> analysis_views.ForecastView | None:
        return await self.transport.ask("forecast", caller, account_no=account_no)

    async def like_households(
        self, caller: Caller, account_no: str
    ) -> analysis_views.LikeHouseholdsView | None:
        return await self.transport.ask("like_households", caller, account_no=account_no)

    async def saving_advice(
        self, caller: Caller, account_no: str
    ) -> analysis_views.SavingAdviceView:
        return await self.transport.ask("saving_advice", caller, account_no=account_no)
