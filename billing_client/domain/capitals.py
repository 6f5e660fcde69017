"""Amounts in capitals (大写金额), as bills, receipts and invoices carry them.

Rules: 会计基础工作规范 (财会字〔1996〕19号) article 52: 零 once for zeros in between, 整 after
yuan or jiao.
"""

DIGITS = "零壹贰叁肆伍陆柒捌玖"
PLACES = ("", "拾", "佰", "仟")
GROUPS = ("", "万", "亿")
LARGEST_FEN = 10**14 - 1  # below one 万亿 yuan
GROUP = 10_000
FEN_A_YUAN, FEN_A_JIAO = 100, 10


def capitals(fen: int) -> str:
    """8645 → '捌拾陆元肆角伍分', 8600 → '捌拾陆元整', 1005 → '壹拾元零伍分'.

    Raises ValueError beyond 10^14 fen. What is negative begins with 负.
    """
    if abs(fen) > LARGEST_FEN:
        raise ValueError(f"{fen} fen are too many to be written out")
    if fen < 0:
        return "负" + capitals(-fen)
    yuan, rest = divmod(fen, FEN_A_YUAN)
    jiao, cents = divmod(rest, FEN_A_JIAO)
    whole = f"{_whole(yuan)}元" if yuan else ""
    if not rest:
        return f"{whole or '零元'}整"
    tens = f"{DIGITS[jiao]}角" if jiao else ("零" if whole else "")
    return f"{whole}{tens}{DIGITS[cents]}分" if cents else f"{whole}{tens}整"


def _whole(yuan: int) -> str:
    """Groups of four digits, 万 and 亿 behind them."""
    groups: list[int] = []
    while yuan:
        yuan, group = divmod(yuan, GROUP)
        groups.append(group)
    text, gap = "", False
    for place in range(len(groups) - 1, -1, -1):
        group = groups[place]
        if not group:
            gap = True
            continue
        if text and (gap or group < GROUP // 10):
            text += DIGITS[0]
        text += _four(group) + GROUPS[place]
        gap = False
    return text


def _four(group: int) -> str:
    """1..9999 without leading zeros."""
    text, gap = "", False
    for place in (3, 2, 1, 0):
        digit = group // 10**place % 10
        if not digit:
            gap = bool(text)
            continue
        text += (DIGITS[0] if gap else "") + DIGITS[digit] + PLACES[place]
        gap = False
    return text
