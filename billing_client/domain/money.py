"""Exact arithmetic between yuan, fen and the finer units that prices need. No float anywhere."""

from decimal import ROUND_HALF_UP, Decimal

E5_A_FEN = 100_000  # a bill line is exact in 1e-5 fen = litre x (1e-4 yuan a m³)
E4_A_YUAN = 10_000
LITRES_A_M3 = 1_000


def round_half_up(exact: Decimal) -> int:
    """The nearest integer; a half goes up (away from zero)."""
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))


def fen_of_e5(amount_e5: int) -> int:
    """1e-5 fen as whole fen, half up."""
    return round_half_up(Decimal(amount_e5) / E5_A_FEN)


def price_e4(yuan: str, ratio: str = "1") -> int:
    """A price of '2.18' yuan on a share '0.9' of the volume, in 1e-4 yuan a m³.

    Raises ValueError when the product needs a finer unit.
    """
    exact = Decimal(yuan) * Decimal(ratio) * E4_A_YUAN
    if exact != exact.to_integral_value() or exact < 0:
        raise ValueError(f"price {yuan} x {ratio} is not a whole number of 1e-4 yuan")
    return int(exact)


def litres(cubic_metres: str) -> int:
    """'6.25' m³ as 6250 litres. Raises ValueError when the volume needs a finer unit."""
    exact = Decimal(cubic_metres) * LITRES_A_M3
    if exact != exact.to_integral_value():
        raise ValueError(f"{cubic_metres} m³ is not a whole number of litres")
    return int(exact)
