"""Ten thousand rows with a hundred faults, each named rightly; and the cut of the day."""

from collections import Counter
from dataclasses import replace
from random import Random

from billing_client.domain.reconciliation import Fault, Finding, Key, Ours, Theirs, compare

ROWS, FAULTS = 10_000, 100


class Books:
    """Three books that agree, until they are spoiled one by one."""

    def __init__(self, rows: int) -> None:
        self.theirs: list[Theirs] = []
        self.ours: dict[Key, Ours] = {}
        self.booked: dict[str, int] = {}
        for number in range(rows):
            kind = "refund" if number % 50 == 0 else "payment"
            key, ref, fen = Key(kind, f"N{number}"), f"T{number}", 100 + number
            self.theirs.append(Theirs(key, ref, fen))
            self.ours[key] = Ours(key, ref, fen, done=True, on_the_day=True)
            self.booked[key.number if kind == "refund" else ref] = fen

    def spoil(self, place: int, fault: Fault) -> None:
        row = self.theirs[place]
        mine = self.ours[row.key]
        under = row.key.number if row.key.kind == "refund" else row.ref
        match fault:
            case Fault.DROPPED:
                self.ours[row.key] = replace(mine, done=False, ref=None)
                del self.booked[under]
            case Fault.UNKNOWN:
                del self.ours[row.key], self.booked[under]
            case Fault.AMOUNT:
                self.theirs[place] = replace(row, amount_fen=row.amount_fen + 1)
            case Fault.OTHER_TRANSACTION:
                self.ours[row.key] = replace(mine, ref="T-other")
            case Fault.TWICE_THERE:
                self.theirs.append(row)
            case Fault.NOT_BOOKED:
                del self.booked[under]
            case Fault.BOOKED_WRONG:
                self.booked[under] += 1
            case Fault.MISSING_THERE:
                self.theirs[place] = replace(row, key=Key("payment", "gone"))

    def compare(
        self, neighbours: set[Key] | None = None, *, next_day_known: bool = True
    ) -> tuple[Finding, ...]:
        theirs = [row for row in self.theirs if row.key.number != "gone"]
        return compare(
            theirs, self.ours, self.booked, neighbours or set(), next_day_known=next_day_known
        )


def test_ten_thousand_rows_with_one_in_a_hundred_wrong() -> None:
    books, random = Books(ROWS), Random(20261125)
    assert books.compare() == ()
    spoiled: dict[str, Fault] = {}
    for number, place in enumerate(random.sample(range(ROWS), FAULTS)):
        fault = list(Fault)[number % len(Fault)]
        spoiled[books.theirs[place].key.number] = fault
        books.spoil(place, fault)
    found = books.compare()
    assert {it.key.number: it.fault for it in found} == spoiled
    assert Counter(it.fault for it in found) == Counter(spoiled.values())


def test_what_stands_in_a_neighbouring_bill_is_not_missing() -> None:
    books = Books(3)
    key = books.theirs[1].key
    books.spoil(1, Fault.MISSING_THERE)
    assert [it.fault for it in books.compare()] == [Fault.MISSING_THERE]
    assert books.compare({key}) == ()


def test_at_midnight_the_next_bill_is_waited_for() -> None:
    books = Books(3)
    key = books.theirs[1].key
    books.spoil(1, Fault.MISSING_THERE)
    books.ours[key] = replace(books.ours[key], at_the_cut=True)
    assert books.compare(next_day_known=False) == ()
    assert [it.key for it in books.compare(next_day_known=True)] == [key]


def test_ours_of_another_day_is_not_looked_for() -> None:
    books = Books(2)
    key = books.theirs[1].key
    books.spoil(1, Fault.MISSING_THERE)
    books.ours[key] = replace(books.ours[key], on_the_day=False)
    assert books.compare() == ()
