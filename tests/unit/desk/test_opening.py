from datetime import date, datetime
from pathlib import Path

import pytest

from channels.desk.opening import Hours, Period
from channels.desk.rules import FILE, SETTING, parsed, rules_from
from channels.desk.wording import SHANGHAI
from channels.settings import BadChannelSetting

DAY = (Period.parse("08:00-12:00"), Period.parse("13:30-20:00"))
HOURS = Hours(DAY, (Period.parse("09:00-17:00"),), {date(2026, 2, 17): ()})


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("moment", "is_open", "opens"),
    [
        ("2026-11-25 07:59", False, "2026-11-25 08:00"),  # a Wednesday
        ("2026-11-25 08:00", True, "2026-11-25 13:30"),
        ("2026-11-25 12:00", False, "2026-11-25 13:30"),
        ("2026-11-25 20:00", False, "2026-11-26 08:00"),
        ("2026-11-28 08:30", False, "2026-11-28 09:00"),  # a Saturday
        ("2026-02-14 08:30", True, "2026-02-14 13:30"),  # a Saturday worked for the holiday
        ("2026-10-01 08:30", False, "2026-10-01 09:00"),  # National Day
        ("2026-02-17 10:00", False, "2026-02-18 09:00"),  # closed by hand
    ],
)
def test_hours_follow_periods_calendar_and_single_days(
    moment: str, is_open: bool, opens: str
) -> None:
    assert HOURS.open_at(at(moment)) is is_open
    assert HOURS.next_opening(at(moment)) == at(opens)


def test_never_open_has_no_next_opening_and_a_whole_day_has_no_gap() -> None:
    assert Hours((), ()).next_opening(at("2026-11-25 08:00")) is None
    whole = (Period.parse("00:00-24:00"),)
    assert Hours(whole, whole).open_at(at("2026-11-25 23:59:59.999"))


def test_the_rules_that_come_with_the_desk_are_right_and_wrong_ones_are_told(
    tmp_path: Path,
) -> None:
    assert rules_from({}).customer_gone_to == "bot"
    text = FILE.read_text(encoding="utf-8")
    wrong = {
        "agent_idle_minutes: 10": "agent_idle_minutes: 0",
        "customer_gone_to: bot": "customer_gone_to: nobody",
        '"08:00-12:00"': '"12:00-08:00"',
        "waiting_time_from: 5": "",
    }
    for right, bad in wrong.items():
        file = tmp_path / "rules.yml"
        assert right in text
        file.write_text(text.replace(right, bad), encoding="utf-8")
        with pytest.raises(BadChannelSetting):
            rules_from({SETTING: str(file)})
    with pytest.raises(BadChannelSetting):
        rules_from({SETTING: str(tmp_path / "none.yml")})
    with pytest.raises(BadChannelSetting):
        parsed(["not a mapping"])
