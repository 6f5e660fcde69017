"""What happens in the demo city: service orders and notices of interrupted supply."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from billing_client.demo.calendar import SHANGHAI, at
from billing_client.demo.rows import Rows, json_text
from billing_client.demo.townsfolk import OTHER_OUTAGE_AREA
from billing_client.domain.service_order import place_key
from billing_client.services.service_standards import promise

ORDER_COLUMNS = (
    *("ticket_no", "kind", "account_no", "channel", "channel_user", "place", "place_key"),
    *("severity", "phone", "state", "outcome", "created_at", "respond_by", "promised_at"),
    *("finish_by", "standard", "done_at"),
)
OUTAGE_COLUMNS = ("kind", "areas", "reason", "starts_at", "ends_at", "state")
PLANNED_FROM, PLANNED_TO = time(8, 0), time(23, 30)


@dataclass(frozen=True)
class Report:
    """A service order. ``number`` counts the tickets of a day."""

    number: int
    kind: str
    severity: str
    place: str
    opened: datetime
    channel_user: str
    state: str = "DISPATCHED"
    account_no: str | None = None
    phone: str | None = None
    done_at: datetime | None = None

    @property
    def ticket_no(self) -> str:
        return f"GD{self.opened:%Y%m%d}{self.number:03d}"


def add_service_order(rows: Rows, report: Report) -> str:
    """Returns the ticket number."""
    until = promise(report.kind, report.severity, report.opened, {})
    outcome = "done" if report.state == "DONE" else None
    rows.columns("service_order", *ORDER_COLUMNS)
    rows.add(
        *("service_order", report.ticket_no, report.kind, report.account_no, "web"),
        *(report.channel_user, report.place, place_key(report.place), report.severity),
        *(report.phone, report.state, outcome, report.opened, until.respond_by),
        *(until.promised_at, until.finish_by, until.source, report.done_at),
    )
    return report.ticket_no


def add_outage(
    rows: Rows, kind: str, areas: list[str], reason: str, starts_at: datetime, ends_at: datetime
) -> None:
    rows.columns("outage", *OUTAGE_COLUMNS)
    rows.add("outage", kind, json_text(areas), reason, starts_at, ends_at, "announced")


def add_outage_today(rows: Rows, area: str, now: datetime) -> None:
    """A notice that holds now: over the working day, longer when ``now`` is at its edge."""
    begin = datetime.combine(now.date(), PLANNED_FROM, SHANGHAI)
    end = datetime.combine(now.date(), PLANNED_TO, SHANGHAI)
    starts_at, ends_at = min(begin, now), max(end, now + timedelta(hours=2))
    add_outage(rows, "planned", [area], "供水管道改造,碰口施工", starts_at, ends_at)


def add_city_events(rows: Rows, today: date) -> None:
    """An outage tomorrow, and reports of the last days in several states."""
    tomorrow = today + timedelta(days=1)
    places = [OTHER_OUTAGE_AREA, "泉水巷"]
    add_outage(rows, "planned", places, "更换阀门", at(tomorrow, 9), at(tomorrow, 17))
    yesterday, before = today - timedelta(days=1), today - timedelta(days=2)
    for report in (
        Report(1, "leak", "serious", "人民路52号门前", at(yesterday, 17, 20), "neighbour-1"),
        Report(2, "low_pressure", "minor", "学府路8号", at(yesterday, 19, 5), "neighbour-2"),
        Report(
            *(1, "no_water", "serious", "东风路110号", at(before, 8, 40), "neighbour-3", "DONE"),
            done_at=at(before, 11, 10),
        ),
        Report(
            *(2, "meter_fault", "minor", "建设街77号", at(before, 14, 0), "neighbour-4", "DONE"),
            done_at=at(yesterday, 10, 30),
        ),
    ):
        add_service_order(rows, report)
