"""Alipay writes yuan with two decimals; billing counts fen."""

from decimal import Decimal, InvalidOperation


def yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def fen(text: str) -> int:
    """Raises ``ValueError`` for what is no amount in whole fen."""
    try:
        exact = Decimal(text.strip()) * 100
        if exact != exact.to_integral_value():
            raise ValueError(f"not in whole fen: {text}")
    except InvalidOperation as error:
        raise ValueError(f"no amount: {text}") from error
    return int(exact)
