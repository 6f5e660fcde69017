"""What water costs an account in a period, from where it stands in its tier year."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.bill import Part, compute_parts
from billing_client.domain.money import fen_of_e5
from billing_client.domain.period import last_day, shifted
from billing_client.domain.tariff import Limits
from billing_client.services.pricing import PriceBasis, last_bill, price_basis

MOST_PERSONS_ASKED = 8


@dataclass(frozen=True)
class UsePrices:
    """Prices of one account and period, relief, area and water plan included."""

    basis: PriceBasis

    @property
    def persons(self) -> int:
        return self.basis.kind.persons

    @property
    def prior_l(self) -> int:
        """Used in the tier year before the period."""
        return self.basis.prior_l

    @property
    def limits_l(self) -> Limits:
        return self.basis.limits_l

    @property
    def flat(self) -> bool:
        return len(self.limits_l) == 1

    def fen(self, used_l: int) -> int:
        """The whole bill of ``used_l``."""
        part = Part(self.basis.card, self.prior_l, 0, used_l, self.basis.plan_l)
        return compute_parts([part]).total_fen

    def tier(self, used_l: int) -> int:
        """The tier after ``used_l`` more, 0 = flat. A boundary volume belongs to the lower."""
        if self.flat:
            return 0
        stand = self.prior_l + used_l
        return next(n for n, limit in enumerate(self.limits_l, 1) if not limit or stand <= limit)

    def left_l(self) -> int | None:
        """Litres until the next tier begins; None in the last one."""
        limit = self.limits_l[max(0, self.tier(0) - 1)]
        return None if limit is None else limit - self.prior_l

    def fen_in_tier(self, litres: int) -> int:
        """What so many litres cost at the price of the tier that the account is in."""
        return fen_of_e5(litres * self.basis.card.tier_prices_e4()[max(0, self.tier(0) - 1)])

    def persons_for_more(self) -> int | None:
        """From how many persons on the limits are wider; None when they never are."""
        tariff, code = self.basis.tariff, self.basis.kind.customer_class
        own = tariff.limits_for(code, self.persons)
        more = range(self.persons + 1, MOST_PERSONS_ASKED + 1)
        return next((count for count in more if tariff.limits_for(code, count) != own), None)


async def prices_for(connection: AsyncConnection, account_no: str, period: str) -> UsePrices:
    """As a bill of the period would have them. Raises LookupError without a tariff."""
    last = await last_bill(connection, account_no, shifted(period, -1))
    return UsePrices(await price_basis(connection, account_no, period, last_day(period), last))
