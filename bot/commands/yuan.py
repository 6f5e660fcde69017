"""Fen as yuan, the way the business office reads them."""

FEN_A_YUAN = 100


def yuan(fen: int) -> str:
    """123456 → '1,234.56'."""
    sign = "-" if fen < 0 else ""
    whole, rest = divmod(abs(fen), FEN_A_YUAN)
    return f"{sign}{whole:,}.{rest:02d}"
