"""The tier year as a bar: what has been used, and where each tier ends."""

from billing_client.views import TierPositionView

HEIGHT = 76  # px below the chart
LEFT, RIGHT, TOP, THICK = 10, 350, 30, 16
DAYS_OF_A_PART = 62  # a tariff may count by one month or two
BEYOND = 1.15  # the bar runs on behind the last border, which has no end of its own
COLOURS = ("#1b6ca8", "#c77700", "#b3261e")  # dark enough to be told apart on white


def gauge(position: TierPositionView, top: int) -> str:
    """SVG below ``top``; nothing where the price is flat."""
    borders = [limit for limit in position.limits_l if limit is not None]
    if position.flat or not borders:
        return ""
    longest = max(borders[-1] * BEYOND, position.used_l)
    span = "本阶梯年" if (position.year_to - position.year_from).days > DAYS_OF_A_PART else "本期"
    colour = COLOURS[min(position.tier, len(COLOURS)) - 1]
    bar = TOP + top
    filled = round((RIGHT - LEFT) * position.used_l / longest, 1)
    return (
        f'<text x="{LEFT}" y="{top + 18}" fill="#1f2933">{span}已用{_m3(position.used_l)}吨，'
        f"第{position.tier}阶梯</text>"
        f'<rect x="{LEFT}" y="{bar}" width="{RIGHT - LEFT}" height="{THICK}" fill="#e4e7eb"/>'
        f'<rect x="{LEFT}" y="{bar}" width="{filled}" height="{THICK}" fill="{colour}"/>'
        + "".join(_border(limit, longest, bar) for limit in borders)
    )


def _border(limit: int, longest: float, bar: int) -> str:
    x = round(LEFT + (RIGHT - LEFT) * limit / longest, 1)
    return (
        f'<line class="border" x1="{x}" y1="{bar - 4}" x2="{x}" y2="{bar + THICK + 4}" '
        'stroke="#1f2933" stroke-width="2"/>'
        f'<text x="{x}" y="{bar + THICK + 20}" text-anchor="middle" font-size="13" '
        f'fill="#3e4c59">{_m3(limit)}吨</text>'
    )


def _m3(litres: int) -> str:
    whole, rest = divmod(litres, 1000)
    return f"{whole}.{rest:03d}".rstrip("0").rstrip(".")
