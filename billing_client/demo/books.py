"""Writes an account's past: readings, bills by the tariff, the ledger, what was paid.

City and single customers go through here alike, so that every figure agrees with every
other: bills come from ``domain.bill.compute``, postings from ``domain.ledger``.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from billing_client.demo.calendar import Month, at
from billing_client.demo.rows import Rows
from billing_client.demo.townsfolk import Home
from billing_client.domain import ledger
from billing_client.domain.bill import ComputedBill, compute
from billing_client.domain.ledger import Posting
from billing_client.domain.tariff import Tariff

LITRES = 1_000
ORDER_LIFETIME = timedelta(hours=2)
COUNTER = "counter"
BANK = "bank"

COLUMNS = {
    "account": "account_no owner_name phone address area customer_class persons low_income "
    "supply_state opened_on demo_name",
    "meter": "account_no meter_no kind installed_on removed_on initial_l",
    "reading": "account_no meter_no read_on reading_l source",
    "bill": "account_no bill_id period meter_no reading_from_l reading_to_l read_from read_to "
    "used_l prior_l persons tariff_id customer_class estimated total_fen paid_fen issued_on "
    "due_on invoice_no",
    "bill_line": "account_no bill_id line component component_name tier volume_l price_e4 "
    "amount_e5",
    "bill_item": "account_no bill_id component component_name amount_fen",
    "journal": "journal_id kind ref account_no at",
    "posting": "journal_id line debit credit amount_fen",
    "allocation": "allocation_id account_no bill_id source amount_fen journal_id",
    "payment_order": "account_no order_no idempotency_key parameters_hash provider kind "
    "amount_fen state failure provider_txn code_url expires_at paid_at created_at",
    "payment_order_bill": "order_no bill_id position",
}


@dataclass
class Holder:
    """An account and its meter as they are written. ``persons`` counts for the tier limits."""

    account_no: str
    home: Home
    customer_class: str = "RESIDENT"
    persons: int = 3
    low_income: bool = False
    supply_state: str = "on"
    meter_kind: str = "smart"
    demo_name: str | None = None

    @property
    def meter_no(self) -> str:
        return f"{'NB' if self.meter_kind == 'smart' else 'JX'}{self.account_no}"


@dataclass(frozen=True)
class Paid:
    """How a bill was paid, in full and before it was overdue."""

    at: datetime
    provider: str = COUNTER
    kind: str = "manual"


@dataclass
class BilledMonth:
    """A month of use; a bill without ``paid`` is open."""

    month: Month
    used_m3: int
    paid: Paid | None = None
    estimated: bool = False
    invoice_no: str | None = None
    meter_no: str | None = None  # another than the holder's: the meter before it


@dataclass(frozen=True)
class WrittenBill:
    bill_id: int
    period: str
    total_fen: int
    due_on: date
    paid_at: datetime | None


@dataclass(frozen=True)
class Numbers:
    """Ids that nobody else uses, taken one by one."""

    bills: Iterator[int]
    journals: Iterator[int]
    allocations: Iterator[int]


class Books:
    """Collects the rows of accounts, with ids out of ``numbers``."""

    def __init__(self, rows: Rows, tariff: Tariff, numbers: Numbers) -> None:
        self._rows = rows
        self._numbers = numbers
        self.tariff = tariff
        self._orders = 0
        self._compute = lru_cache(maxsize=20_000)(self._computed)
        for table, names in COLUMNS.items():
            rows.columns(table, *names.split())

    def open_account(self, holder: Holder, opened_on: date) -> None:
        home = holder.home
        self._rows.add(
            *("account", holder.account_no, home.owner_name, home.phone, home.address, home.area),
            *(holder.customer_class, holder.persons, holder.low_income, holder.supply_state),
            *(opened_on, holder.demo_name),
        )

    def add_meter(
        self,
        account_no: str,
        meter_no: str,
        kind: str,
        installed_on: date,
        removed_on: date | None = None,
        initial_m3: int = 0,
    ) -> None:
        litres = initial_m3 * LITRES
        self._rows.add("meter", account_no, meter_no, kind, installed_on, removed_on, litres)
        self._rows.add("reading", account_no, meter_no, installed_on, litres, "manual")

    def bill_months(
        self, holder: Holder, months: Iterable[BilledMonth], start_m3: dict[str, int]
    ) -> list[WrittenBill]:
        """Bills of ``months``, oldest first. ``start_m3`` is the first reading of each meter.

        Afterwards it holds the last ones.
        """
        written: list[WrittenBill] = []
        year_from, prior_m3 = None, 0
        for billed in months:
            if billed.month.year_from != year_from:
                year_from, prior_m3 = billed.month.year_from, 0
            meter_no = billed.meter_no or holder.meter_no
            before_m3 = start_m3[meter_no]
            start_m3[meter_no] += billed.used_m3
            written.append(self._bill(holder, billed, meter_no, before_m3, prior_m3))
            prior_m3 += billed.used_m3
        return written

    def pay(
        self,
        account_no: str,
        amount_fen: int,
        paid: Paid,
        shares: Iterable[tuple[int, int]] = (),
    ) -> str:
        """Money that came in, and the (bill_id, fen) it settled; the rest stays prepaid."""
        order_no = self.order(account_no, amount_fen, paid, "PAID")
        ref = f"{paid.provider}:{transaction_of(order_no, paid.provider) or order_no}"
        postings = ledger.payment_postings(account_no, paid.provider, amount_fen)
        self._post("pay", ref, account_no, paid.at, postings)
        for position, (bill_id, share_fen) in enumerate(shares):
            self._rows.add("payment_order_bill", order_no, bill_id, position)
            postings = ledger.allocation_postings(account_no, share_fen)
            ref = f"{order_no}:{bill_id}:principal:0"
            journal_id = self._post("allocate", ref, account_no, paid.at, postings)
            self._rows.add(
                *("allocation", next(self._numbers.allocations), account_no, bill_id, order_no),
                *(share_fen, journal_id),
            )
        return order_no

    def order(
        self,
        account_no: str,
        amount_fen: int,
        paid: Paid,
        state: str,
        *,
        failure: str | None = None,
        code_url: str | None = None,
    ) -> str:
        """A payment order in ``state``, made at ``paid.at``. Returns its number."""
        self._orders += 1
        order_no = f"XS{paid.at:%Y%m%d}{account_no}{self._orders:010d}"
        provider_txn = transaction_of(order_no, paid.provider) if state == "PAID" else None
        self._rows.add(
            *("payment_order", account_no, order_no, order_no, "demo", paid.provider, paid.kind),
            *(amount_fen, state, failure, provider_txn, code_url, paid.at + ORDER_LIFETIME),
            *(paid.at if state == "PAID" else None, paid.at),
        )
        return order_no

    def name_bills(self, order_no: str, bill_ids: Iterable[int]) -> None:
        for position, bill_id in enumerate(bill_ids):
            self._rows.add("payment_order_bill", order_no, bill_id, position)

    def _bill(
        self, holder: Holder, billed: BilledMonth, meter_no: str, before_m3: int, prior_m3: int
    ) -> WrittenBill:
        account_no, month, paid = holder.account_no, billed.month, billed.paid
        computed = self._compute(holder.customer_class, holder.persons, prior_m3, billed.used_m3)
        total_fen, bill_id = computed.total_fen, next(self._numbers.bills)
        from_l, used_l = before_m3 * LITRES, billed.used_m3 * LITRES
        settled_fen = total_fen if paid else 0
        self._rows.add(
            *("bill", account_no, bill_id, month.period, meter_no, from_l, from_l + used_l),
            *(month.read_from, month.read_to, used_l, prior_m3 * LITRES, holder.persons),
            *(self.tariff.tariff_id, holder.customer_class, billed.estimated, total_fen),
            *(settled_fen, month.issued_on, month.due_on, billed.invoice_no),
        )
        source = _reading_source(holder, billed)
        self._rows.add("reading", account_no, meter_no, month.read_to, from_l + used_l, source)
        self._items(account_no, bill_id, computed)
        postings = ledger.bill_postings(account_no, computed.items)
        self._post("bill", f"{bill_id}", account_no, at(month.issued_on, 0), postings)
        if paid and total_fen:
            self.pay(account_no, total_fen, paid, [(bill_id, total_fen)])
        paid_at = paid.at if paid else None
        return WrittenBill(bill_id, month.period, total_fen, month.due_on, paid_at)

    def _items(self, account_no: str, bill_id: int, computed: ComputedBill) -> None:
        add = self._rows.add
        for number, line in enumerate(computed.lines, start=1):
            add(
                *("bill_line", account_no, bill_id, number, line.component, line.name, line.tier),
                *(line.volume_l, line.price_e4, line.amount_e5),
            )
        for item in computed.items:
            add("bill_item", account_no, bill_id, item.component, item.name, item.amount_fen)

    def _post(
        self, kind: str, ref: str, account_no: str, moment: datetime, postings: Iterable[Posting]
    ) -> int:
        journal_id = next(self._numbers.journals)
        self._rows.add("journal", journal_id, kind, ref, account_no, moment)
        for line, posting in enumerate(postings, start=1):
            self._rows.add(
                "posting", journal_id, line, posting.debit, posting.credit, posting.amount_fen
            )
        return journal_id

    def _computed(self, code: str, persons: int, prior_m3: int, used_m3: int) -> ComputedBill:
        prior_l, used_l = prior_m3 * LITRES, used_m3 * LITRES
        return compute(self.tariff, code, persons=persons, prior_l=prior_l, used_l=used_l)


def _reading_source(holder: Holder, billed: BilledMonth) -> str:
    if billed.estimated:
        return "estimate"
    return "remote" if holder.meter_kind == "smart" else "manual"


def transaction_of(order_no: str, provider: str) -> str | None:
    """Online providers number their transactions; a counter does not."""
    return None if provider in (COUNTER, BANK) else f"42000{order_no[2:]}"
