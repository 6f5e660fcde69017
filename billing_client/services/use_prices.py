"""What water costs an account in a period, from where it stands in its tier year."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.bill import compute
from billing_client.domain.money import fen_of_e5
from billing_client.domain.period import first_day, shifted
from billing_client.domain.tariff import Limits, Tariff
from billing_client.domain.tier_year import counted_before
from billing_client.services import tariffs
from billing_client.services.pricing import last_bill
from billing_client.store.tables import account

MOST_PERSONS_ASKED = 8


@dataclass(frozen=True)
class UsePrices:
    """Prices of one account and period. ``prior_l`` was used in the tier year before it."""

    tariff: Tariff
    customer_class: str
    persons: int
    prior_l: int

    @property
    def limits_l(self) -> Limits:
        return self.tariff.limits_for(self.customer_class, self.persons)

    @property
    def flat(self) -> bool:
        return len(self.limits_l) == 1

    def fen(self, used_l: int) -> int:
        """The whole bill of ``used_l``."""
        computed = compute(
            self.tariff,
            self.customer_class,
            persons=self.persons,
            prior_l=self.prior_l,
            used_l=used_l,
        )
        return computed.total_fen

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
        prices = self.tariff.customer_class(self.customer_class).total_prices_e4()
        return fen_of_e5(litres * prices[max(0, self.tier(0) - 1)])

    def persons_for_more(self) -> int | None:
        """From how many persons on the limits are wider; None when they never are."""
        more = range(self.persons + 1, MOST_PERSONS_ASKED + 1)
        wider = (
            count
            for count in more
            if self.tariff.limits_for(self.customer_class, count) != self.limits_l
        )
        return next(wider, None)


async def prices_for(connection: AsyncConnection, account_no: str, period: str) -> UsePrices:
    query = select(account.c.customer_class, account.c.persons, account.c.opened_on).where(
        account.c.account_no == account_no
    )
    customer_class, persons, opened_on = (await connection.execute(query)).one()
    tariff = await tariffs.in_force(connection, first_day(period))
    last = await last_bill(connection, account_no, shifted(period, -1))
    prior_l = counted_before(last, tariff, period, opened_on)
    return UsePrices(tariff, customer_class, persons, prior_l)
