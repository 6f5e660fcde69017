"""Bills as customers see them, with what accrued until today."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from sqlalchemy import RowMapping, and_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.bill import Line, recomputed_fen, tiers_of
from billing_client.domain.period import shifted
from billing_client.domain.tariff import MONTHS_A_YEAR, Limits, Tariff
from billing_client.errors import NoSuchBill
from billing_client.services import late_fees, ledger, tariffs
from billing_client.services.accounts import since_owner
from billing_client.services.allocation import open_bills
from billing_client.services.pricing import ADJUSTMENT
from billing_client.services.write_offs import written_off_fen
from billing_client.store.tables import bill, bill_item, bill_line
from billing_client.views import (
    ArrearsView,
    BalanceView,
    BillExplanationView,
    BillItemView,
    BillLineView,
    BillView,
    TierSplitView,
)

WRITTEN_OFF = "written_off"


async def bills(
    connection: AsyncConnection, account_no: str, first: str | None, last: str | None, today: date
) -> tuple[BillView, ...]:
    """Bills of the periods first..last, oldest first; the latest one when both are None."""
    query = select(bill).where(
        bill.c.account_no == account_no, bill.c.read_to > since_owner(account_no)
    )
    if first is None and last is None:
        of_water = query.where(bill.c.kind != ADJUSTMENT)
        newest = of_water.order_by(bill.c.period.desc()).limit(1)
        rows = (await connection.execute(newest)).mappings()
        return await _views(connection, list(rows), today)
    if first is not None:
        query = query.where(bill.c.period >= first)
    if last is not None:
        query = query.where(bill.c.period <= last)
    rows = (await connection.execute(query.order_by(bill.c.period, bill.c.bill_id))).mappings()
    return await _views(connection, list(rows), today)


async def arrears(connection: AsyncConnection, account_no: str, today: date) -> ArrearsView:
    """All open bills with their late fees, oldest due first."""
    views = await _views(connection, await open_bills(connection, account_no), today)
    return ArrearsView(
        account_no=account_no,
        open_fen=sum(view.open_fen for view in views),
        late_fee_fen=sum(view.late_fee_fen for view in views),
        overdue_fen=sum(view.open_fen for view in views if view.due_on < today),
        bills=views,
    )


async def balance(connection: AsyncConnection, account_no: str, today: date) -> BalanceView:
    owed = await arrears(connection, account_no, today)
    prepaid_fen = await ledger.prepaid_fen(connection, account_no)
    return BalanceView(account_no, prepaid_fen, owed.open_fen)


async def explain(
    connection: AsyncConnection, account_no: str, bill_id: int, today: date
) -> BillExplanationView:
    """The bill recomputed from its stored lines. Raises NoSuchBill for another account's bill."""
    return (await explain_several(connection, account_no, [bill_id], today))[0]


async def explain_several(
    connection: AsyncConnection, account_no: str, bill_ids: Sequence[int], today: date
) -> tuple[BillExplanationView, ...]:
    """The same for several bills of the account, in the order asked, by as many queries."""
    query = select(bill).where(
        bill.c.account_no == account_no,
        bill.c.bill_id.in_(bill_ids),
        bill.c.read_to > since_owner(account_no),
    )
    rows = {row["bill_id"]: row for row in (await connection.execute(query)).mappings()}
    for bill_id in bill_ids:
        if bill_id not in rows:
            raise NoSuchBill(bill_id=bill_id)
    views = await _views(connection, list(rows.values()), today)
    by_id = await tariffs.by_ids(connection, {row["tariff_id"] for row in rows.values()})
    used = await _used(connection, account_no, [view.period for view in views])
    explained = {
        view.bill_id: _explained(row, view, by_id[row["tariff_id"]], used)
        for row, view in zip(rows.values(), views, strict=True)
    }
    return tuple(explained[bill_id] for bill_id in bill_ids)


def _explained(
    row: RowMapping, view: BillView, tariff: Tariff, used: Mapping[str, int]
) -> BillExplanationView:
    lines = [_line(line) for line in view.lines]
    recomputed = recomputed_fen(lines)
    return BillExplanationView(
        bill=view,
        tariff_id=tariff.tariff_id,
        tariff_source=tariff.source,
        customer_class=row["customer_class"],
        persons=row["persons"],
        prior_l=row["prior_l"],
        tiers=tuple(
            TierSplitView(part.tier, part.upto_l, part.volume_l, part.price_e4)
            for part in tiers_of(lines, _limits(tariff, row))
        ),
        recomputed_fen=recomputed,
        agrees=recomputed == row["total_fen"],
        same_period_last_year_l=used.get(shifted(row["period"], -12)),
        previous_period_l=used.get(shifted(row["period"], -1)),
    )


def _line(line: BillLineView) -> Line:
    return Line(
        line.component,
        line.name,
        line.tier,
        line.volume_l,
        line.price_e4,
        line.unit,
        line.part,
    )


def _limits(tariff: Tariff, row: RowMapping) -> Limits:
    """The tier limits that held for the bill's household, months and day."""
    special = row["special"] or {}
    return tariff.limits_for(
        row["customer_class"],
        row["persons"],
        months=special.get("months", 1),
        part_months=special.get("part_months", MONTHS_A_YEAR),
        day=row["read_to"],
    )


async def _used(
    connection: AsyncConnection, account_no: str, periods: Iterable[str]
) -> dict[str, int]:
    """Litres of the period before each and of the same period a year before, where billed."""
    earlier = {shifted(period, months) for period in periods for months in (-1, -12)}
    query = select(bill.c.period, bill.c.used_l).where(
        bill.c.account_no == account_no, bill.c.period.in_(earlier), bill.c.kind != ADJUSTMENT
    )
    return {row.period: row.used_l for row in await connection.execute(query)}


async def _views(
    connection: AsyncConnection, rows: Sequence[RowMapping], today: date
) -> tuple[BillView, ...]:
    """Three queries for all bills together, more when some are overdue."""
    if not rows:
        return ()
    account_no, bill_ids = rows[0]["account_no"], [row["bill_id"] for row in rows]
    fees = await late_fees.accrued(connection, rows, today)
    given_up = await written_off_fen(connection, account_no, bill_ids)
    items: dict[int, list[BillItemView]] = {}
    mine = and_(bill_item.c.account_no == account_no, bill_item.c.bill_id.in_(bill_ids))
    # Water first, then what is collected for others.
    ordered = select(bill_item).where(mine).order_by(bill_item.c.component.desc())
    for item in await connection.execute(ordered):
        view = BillItemView(item.component, item.component_name, item.amount_fen)
        items.setdefault(item.bill_id, []).append(view)
    lines: dict[int, list[BillLineView]] = {}
    mine = and_(bill_line.c.account_no == account_no, bill_line.c.bill_id.in_(bill_ids))
    for line in await connection.execute(select(bill_line).where(mine).order_by(bill_line.c.line)):
        lines.setdefault(line.bill_id, []).append(
            BillLineView(
                line.component,
                line.component_name,
                line.tier,
                line.volume_l,
                line.price_e4,
                line.amount_e5,
                line.unit,
                line.part,
            )
        )
    return tuple(
        _view(
            row,
            fees[row["bill_id"]],
            given_up.get(row["bill_id"], 0),
            items.get(row["bill_id"], ()),
            lines.get(row["bill_id"], ()),
            today,
        )
        for row in rows
    )


def _view(
    row: RowMapping,
    late_fee_fen: int,
    given_up_fen: int,
    items: Sequence[BillItemView],
    lines: Sequence[BillLineView],
    today: date,
) -> BillView:
    open_fen = row["total_fen"] + late_fee_fen - row["paid_fen"]
    state = _state(open_fen, row["paid_fen"], row["due_on"], today)
    return BillView(
        account_no=row["account_no"],
        bill_id=row["bill_id"],
        period=row["period"],
        state=WRITTEN_OFF if given_up_fen else state,
        used_l=row["used_l"],
        reading_from_l=row["reading_from_l"],
        reading_to_l=row["reading_to_l"],
        read_from=row["read_from"],
        read_to=row["read_to"],
        estimated=row["estimated"],
        total_fen=row["total_fen"],
        paid_fen=row["paid_fen"] - given_up_fen,
        late_fee_fen=late_fee_fen,
        open_fen=open_fen,
        issued_on=row["issued_on"],
        due_on=row["due_on"],
        items=tuple(items),
        lines=tuple(lines),
        invoice_no=row["invoice_no"],
        kind=row["kind"],
        shared_l=(row["special"] or {}).get("shared_l", 0),
    )


def _state(open_fen: int, paid_fen: int, due_on: date, today: date) -> str:
    if open_fen == 0:
        return "paid"
    if due_on < today:
        return "overdue"
    return "partly_paid" if paid_fen else "unpaid"
