"""A process that keeps ending is started again ever more slowly."""

from bot.supervisor import Backoff


def test_the_wait_doubles_up_to_the_longest() -> None:
    backoff = Backoff()
    assert [backoff.wait_after(0.1) for _ in range(7)] == [1, 2, 4, 8, 16, 30, 30]


def test_a_run_of_a_minute_starts_over() -> None:
    backoff = Backoff()
    for _ in range(4):
        backoff.wait_after(0.1)
    assert backoff.wait_after(59.9) == 16
    assert backoff.wait_after(60.0) == 1
    assert backoff.wait_after(0.1) == 2
