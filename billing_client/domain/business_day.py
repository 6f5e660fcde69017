"""Working days in China, with public holidays and the 调休 days worked for them.

The calendar is that of the State Council's yearly notices, kept by ``chinesecalendar``.
A year that is not published yet counts weekends and the holidays that have fixed dates
(全国年节及纪念日放假办法, 2024: 1 January, 1-2 May, 1-3 October) until the library has it.
"""

from datetime import date, timedelta

import chinese_calendar  # pyright: ignore[reportMissingTypeStubs]

FIXED_HOLIDAYS = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})
SATURDAY = 5


def is_business_day(day: date) -> bool:
    try:
        return chinese_calendar.is_workday(day)  # pyright: ignore[reportUnknownMemberType]
    except NotImplementedError:
        return day.weekday() < SATURDAY and (day.month, day.day) not in FIXED_HOLIDAYS


def next_business_day(day: date) -> date:
    """``day`` itself or the first working day after it.

    A term that ends on a holiday ends on the day after it (民法典 203).
    """
    while not is_business_day(day):
        day += timedelta(days=1)
    return day
