"""The core's side of use: figures, chart, leak, forecast, comparison, advice."""

from billing_client import analysis_views, views
from billing_client.core_session import Sessions
from billing_client.services import (
    chart_png,
    forecasts,
    home_leak,
    neighbours,
    saving_advice,
    usage,
    usage_chart,
)
from billing_client.views import Caller


class UseSide(Sessions):
    """Part of ``BillingClient``; see there for what each method promises."""

    _public_url: str

    async def usage(self, caller: Caller, account_no: str) -> views.UsageView:
        async with self._allowed_to_read(caller, "usage", account_no) as session:
            return await usage.usage(session.connection, account_no, session.now.date())

    async def usage_chart(self, account_no: str, signature: str) -> str:
        async with self._reading() as session:
            today = session.now.date()
            return await usage_chart.chart(session.connection, account_no, signature, today)

    async def usage_chart_png(self, account_no: str, signature: str) -> bytes | None:
        return chart_png.png(await self.usage_chart(account_no, signature))

    async def chart_url(self, caller: Caller, account_no: str) -> str:
        async with self._allowed_to_read(caller, "chart_url", account_no) as session:
            return await usage_chart.url(session.connection, account_no, self._public_url)

    async def leak_signs(self, caller: Caller, account_no: str) -> analysis_views.LeakView:
        async with self._allowed_to_read(caller, "leak_signs", account_no) as session:
            return await home_leak.leak_signs(session.connection, account_no, session.now.date())

    async def forecast(self, caller: Caller, account_no: str) -> analysis_views.ForecastView | None:
        async with self._allowed_to_read(caller, "forecast", account_no) as session:
            return await forecasts.next_bill(session.connection, account_no, session.now.date())

    async def like_households(
        self, caller: Caller, account_no: str
    ) -> analysis_views.LikeHouseholdsView | None:
        async with self._allowed_to_read(caller, "like_households", account_no) as session:
            return await neighbours.compare(session.connection, account_no)

    async def saving_advice(
        self, caller: Caller, account_no: str
    ) -> analysis_views.SavingAdviceView:
        async with self._allowed_to_read(caller, "saving_advice", account_no) as session:
            today = session.now.date()
            return await saving_advice.saving_advice(session.connection, account_no, today)
