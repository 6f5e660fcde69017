"""What a situation has besides its past: prepaid money, orders under way, auto-pay, a plan."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from billing_client.demo.books import Books, Holder, Paid, WrittenBill, transaction_of
from billing_client.demo.rows import Rows, json_text
from billing_client.demo.sandbox import NOT_ENOUGH, SandboxBooks
from billing_client.demo.situation import Situation
from billing_client.demo.surroundings import LATE_FEE
from billing_client.domain import instalment
from billing_client.domain.late_fee import LateFeeRule, late_fee_fen
from billing_client.pay.settings import SANDBOX

PARTS = 3
PLAN_AGREED_DAYS_AGO = {"active": 2, "broken": 60, "done": 120}
PLAN_BROKEN_AFTER_DAYS = 45  # after the agreement: the first part was left unpaid
CONTRACT_STATE = {
    "pending": "PENDING",
    "active": "ACTIVE",
    "failed": "ACTIVE",
    "ended": "ENDED",
}
CONTRACT_COLUMNS = (
    *("account_no", "contract_code", "provider", "provider_contract_id", "state", "sign_url"),
    *("last_result", "last_run_at", "created_at", "signed_at", "ended_at", "ended_by"),
)
SIGNED_BEFORE = timedelta(days=200)


@dataclass
class Extras:
    """Writes them, and remembers the numbers that the operator may want."""

    sandbox: SandboxBooks = field(default_factory=SandboxBooks)
    order_no: str | None = None
    contract_code: str | None = None

    def add(
        self,
        rows: Rows,
        books: Books,
        holder: Holder,
        it: Situation,
        bills: list[WrittenBill],
        now: datetime,
    ) -> None:
        self._add_payments(books, holder.account_no, it, bills[-1], now)
        if it.autopay != "none":
            self._add_contract(rows, books, holder.account_no, it, bills, now)
        if it.instalment != "none":
            _add_plan(rows, holder.account_no, it, bills, now)

    def _add_payments(
        self, books: Books, account_no: str, it: Situation, newest: WrittenBill, now: datetime
    ) -> None:
        lately = Paid(now - timedelta(minutes=20), SANDBOX)
        if it.prepaid_fen:
            paid = Paid(now - timedelta(days=1), SANDBOX)
            self._known_there(books.pay(account_no, it.prepaid_fen, paid), it.prepaid_fen, paid)
        if it.payment == "doubled":
            self.order_no = books.pay(account_no, newest.total_fen, lately)
            self._known_there(self.order_no, newest.total_fen, lately)
            books.name_bills(self.order_no, [newest.bill_id])
        elif it.payment == "failed":
            self.order_no = books.order(
                account_no, newest.total_fen, lately, "FAILED", failure=NOT_ENOUGH
            )
            books.name_bills(self.order_no, [newest.bill_id])
        elif it.payment == "pending":
            self._add_waiting(books, account_no, newest, lately)

    def _known_there(self, order_no: str, amount_fen: int, paid: Paid) -> None:
        """The provider's books have the payment too."""
        transaction = transaction_of(order_no, paid.provider)
        assert transaction is not None, paid.provider
        self.sandbox.add_paid(order_no, amount_fen, transaction, paid.at)

    def _add_waiting(
        self, books: Books, account_no: str, newest: WrittenBill, lately: Paid
    ) -> None:
        token = f"demo-{account_no}"
        self.order_no = books.order(
            account_no, newest.total_fen, lately, "PENDING", code_url=self.sandbox.pay_url(token)
        )
        books.name_bills(self.order_no, [newest.bill_id])
        self.sandbox.add_order(self.order_no, token, newest.total_fen)

    def _add_contract(
        self,
        rows: Rows,
        books: Books,
        account_no: str,
        it: Situation,
        bills: list[WrittenBill],
        now: datetime,
    ) -> None:
        state, code, token = CONTRACT_STATE[it.autopay], f"DK{account_no}", f"demo-{account_no}"
        signed = state != "PENDING"
        signed_at = now - SIGNED_BEFORE if signed else None
        ended_at = now - timedelta(days=10) if state == "ENDED" else None
        contract_id = f"DEMO{account_no}" if signed else None
        result, run_at = self._last_run(books, account_no, it, bills[-1], now)
        rows.columns("autopay_contract", *CONTRACT_COLUMNS)
        rows.add(
            *("autopay_contract", account_no, code, SANDBOX, contract_id, state),
            *(self.sandbox.sign_url(token), result, run_at, signed_at or now, signed_at),
            *(ended_at, "customer" if ended_at else None),
        )
        self.sandbox.add_contract(
            *(code, token, contract_id, state),
            drained=it.autopay == "failed",
            signed_at=signed_at,
            ended_at=ended_at,
        )
        self.contract_code = code

    def _last_run(
        self, books: Books, account_no: str, it: Situation, newest: WrittenBill, now: datetime
    ) -> tuple[str | None, datetime | None]:
        if it.autopay == "failed":
            run = Paid(now - timedelta(hours=1), SANDBOX, "autopay")
            self.order_no = books.order(
                account_no, newest.total_fen, run, "FAILED", failure=NOT_ENOUGH
            )
            books.name_bills(self.order_no, [newest.bill_id])
            return NOT_ENOUGH, run.at
        if it.autopay in ("active", "ended") and newest.paid_at:
            return "paid", newest.paid_at
        return None, None


def _add_plan(
    rows: Rows, account_no: str, it: Situation, bills: list[WrittenBill], now: datetime
) -> None:
    """Over the overdue bills with their late fees, or, when done, over the last three bills."""
    today = now.date()
    done = it.instalment == "done"
    agreed_on = today - timedelta(days=PLAN_AGREED_DAYS_AGO[it.instalment])
    rule = LateFeeRule(Decimal(LATE_FEE["rate_per_day"]))
    overdue = [bill for bill in bills if bill.paid_at is None and bill.due_on < today]
    chosen = bills[-PARTS:] if done else overdue
    total_fen = sum(
        bill.total_fen + late_fee_fen(bill.total_fen, bill.due_on, agreed_on, (), rule) * (not done)
        for bill in chosen
    )
    parts = [
        {"due_on": part.due_on.isoformat(), "amount_fen": part.amount_fen}
        for part in instalment.plan(total_fen, PARTS, agreed_on)
    ]
    rows.columns(
        *("instalment_plan", "account_no", "plan_no", "total_fen", "state", "parts"),
        *("bill_ids", "agreed_on", "ended_on", "created_at"),
    )
    broken_after = timedelta(days=PLAN_BROKEN_AFTER_DAYS)
    ended_on = None if it.instalment == "active" else agreed_on + broken_after
    rows.add(
        *("instalment_plan", account_no, f"FQ{account_no}", total_fen, it.instalment.upper()),
        *(json_text(parts), json_text([bill.bill_id for bill in chosen]), agreed_on, ended_on),
        now - timedelta(days=PLAN_AGREED_DAYS_AGO[it.instalment]),
    )
