"""What a meter test on dispute means for the bills (检定).

In use a small meter may err by twice the limit of a new one: ±4 % at common flow (JJG 162).
Within, who asked pays the test; beyond, the utility pays, changes the meter and corrects.
Cities differ in what is corrected: 郑州 and 商丘 the whole error over two reading periods,
烟台 and 东营 one period and only the part beyond the limit.
"""

from decimal import ROUND_HALF_UP, Decimal

LIMIT_PERCENT = Decimal(4)
HUNDRED = Decimal(100)


def beyond_limit(error_percent: Decimal, limit_percent: Decimal = LIMIT_PERCENT) -> bool:
    return abs(error_percent) > limit_percent


def too_much_m3(
    measured_m3: int, error_percent: Decimal, *, only_beyond_percent: Decimal | None = None
) -> int:
    """The whole m³ that the meter counted too many (negative: too few).

    56 m³ at +8 % were really 51.85: 4 too many; counting only what lies beyond 2 %: 3.
    """
    real = measured_m3 / (1 + error_percent / HUNDRED)
    if only_beyond_percent is None:
        return measured_m3 - int(real.quantize(Decimal(1), ROUND_HALF_UP))
    sign = 1 if error_percent > 0 else -1
    counted = max(abs(error_percent) - only_beyond_percent, Decimal(0)) / HUNDRED
    return sign * int((real * counted).quantize(Decimal(1), ROUND_HALF_UP))
