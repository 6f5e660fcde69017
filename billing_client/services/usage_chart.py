"""The picture of the last 12 periods as SVG, behind a signed link."""

import hashlib
import hmac
from datetime import date
from html import escape

from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.errors import NotBound
from billing_client.services import tiers, usage
from billing_client.services.tier_gauge import HEIGHT as GAUGE_HEIGHT
from billing_client.services.tier_gauge import gauge
from billing_client.store import settings
from billing_client.views import TierPositionView, UsagePointView

PATH = "/chart"  # /chart/<account_no>/<signature>.svg
SIGNATURE_CHARACTERS = 32  # 128 bit

# A chat bubble on a phone is about 300 px wide, so that the type below still shows at 12 px.
WIDTH, HEIGHT = 360, 268
LEFT, TOP, BASE = 6, 62, 212  # where the bars stand, in px
WIDEST_STEP = 58
_FONTS = (
    "system-ui, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Noto Sans SC', sans-serif"
)


async def signature(connection: AsyncConnection, account_no: str) -> str:
    key = await settings.signing_key(connection)
    said = f"usage_chart:{account_no}".encode()
    return hmac.new(key, said, hashlib.sha256).hexdigest()[:SIGNATURE_CHARACTERS]


async def url(connection: AsyncConnection, account_no: str, public_url: str) -> str:
    return f"{public_url}{PATH}/{account_no}/{await signature(connection, account_no)}.svg"


async def chart(connection: AsyncConnection, account_no: str, signed: str, today: date) -> str:
    """The SVG. Raises NotBound when the signature is not ours."""
    ours = await signature(connection, account_no)
    if not hmac.compare_digest(ours.encode(), signed.encode(errors="replace")):
        raise NotBound(account_no=account_no)
    position = await tiers.position(connection, account_no, today)
    return svg(await usage.points(connection, account_no), position)


def svg(points: tuple[UsagePointView, ...], position: TierPositionView | None = None) -> str:
    """Bars with their volumes in m³, readable aloud through <title> and <desc>.

    With the ``position``, the tier year and its borders below.
    """
    year = gauge(position, HEIGHT) if position else ""
    height = HEIGHT + (GAUGE_HEIGHT if year else 0)
    highest = max((point.used_l for point in points), default=0) or 1
    step = min(WIDEST_STEP, (WIDTH - 2 * LEFT) / max(len(points), 1))
    bars = "".join(_bar(place, point, highest, step) for place, point in enumerate(points))
    spoken = "，".join(f"{_month(point)}月{_m3(point.used_l)}吨" for point in points)
    title = f"最近{len(points)}期用水量"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-labelledby="title desc" font-family="{escape(_FONTS)}" font-size="15">'
        f'<title id="title">{title}</title><desc id="desc">{spoken}</desc>'
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>'
        f'<text x="{LEFT + 4}" y="26" font-size="17" fill="#1f2933">{title}（吨）</text>'
        f"{bars}{_years(points, step)}{year}"
        f"{_GUESSED if any(point.estimated for point in points) else ''}</svg>"
    )


_GUESSED = (
    f'<text x="{WIDTH - LEFT - 4}" y="26" font-size="13" text-anchor="end" fill="#52606d">'
    '斜纹为估算</text><defs><pattern id="guess" width="6" height="6" '
    'patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="6" height="6" fill="#cfe5f7"/><rect width="3" height="6" fill="#1b6ca8"/>'
    "</pattern></defs>"
)


def _bar(place: int, point: UsagePointView, highest: int, step: float) -> str:
    height = round((BASE - TOP) * point.used_l / highest, 1)
    x, middle = round(LEFT + place * step + step * 0.14, 1), round(LEFT + (place + 0.5) * step, 1)
    fill = "url(#guess)" if point.estimated else "#1b6ca8"
    used = _m3(point.used_l)
    size = 15 if len(used) <= 3 else 12  # four digits do not fit above a bar otherwise
    return (
        f'<rect x="{x}" y="{round(BASE - height, 1)}" width="{round(step * 0.72, 1)}" '
        f'height="{height}" rx="2" fill="{fill}"/>'
        f'<text x="{middle}" y="{round(BASE - height - 6, 1)}" font-size="{size}" '
        f'text-anchor="middle" fill="#1f2933">{used}</text>'
        f'<text x="{middle}" y="{BASE + 20}" text-anchor="middle" fill="#3e4c59">'
        f"{_month(point)}</text>"
    )


def _years(points: tuple[UsagePointView, ...], step: float) -> str:
    """A year under its first month; not under a lone December, where the next one needs room."""
    years = [point.period[:4] for point in points]
    firsts = {year: years.index(year) for year in years}
    if 1 in firsts.values():
        del firsts[years[0]]
    return "".join(
        f'<text x="{round(LEFT + place * step + 4, 1)}" y="{BASE + 44}" fill="#52606d">'
        f"{year}年</text>"
        for year, place in firsts.items()
    )


def _month(point: UsagePointView) -> str:
    return str(int(point.period[5:]))


def _m3(litres: int) -> str:
    whole, rest = divmod(litres, 1000)
    return f"{whole}.{rest:03d}".rstrip("0").rstrip(".")
