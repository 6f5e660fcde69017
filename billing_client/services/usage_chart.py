"""The picture of the last 12 periods as SVG, behind a signed link."""

import hashlib
import hmac
from html import escape

from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.errors import NotBound
from billing_client.services import usage
from billing_client.store import settings
from billing_client.views import UsagePointView

PATH = "/chart"  # /chart/<account_no>/<signature>.svg
SIGNATURE_CHARACTERS = 32  # 128 bit

WIDTH, HEIGHT = 640, 300
LEFT, TOP, BASE = 24, 48, 250  # where the bars stand, in px
_FONTS = "system-ui, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif"


async def signature(connection: AsyncConnection, account_no: str) -> str:
    key = await settings.signing_key(connection)
    said = f"usage_chart:{account_no}".encode()
    return hmac.new(key, said, hashlib.sha256).hexdigest()[:SIGNATURE_CHARACTERS]


async def url(connection: AsyncConnection, account_no: str, public_url: str) -> str:
    return f"{public_url}{PATH}/{account_no}/{await signature(connection, account_no)}.svg"


async def chart(connection: AsyncConnection, account_no: str, signed: str) -> str:
    """The SVG. Raises NotBound when the signature is not ours."""
    if not hmac.compare_digest(await signature(connection, account_no), signed):
        raise NotBound(account_no=account_no)
    return svg(await usage.points(connection, account_no))


def svg(points: tuple[UsagePointView, ...]) -> str:
    """Bars with their volumes in m³, readable aloud through <title> and <desc>."""
    highest = max((point.used_l for point in points), default=0) or 1
    step = (WIDTH - 2 * LEFT) / max(len(points), 1)
    bars = "".join(_bar(place, point, highest, step) for place, point in enumerate(points))
    spoken = "，".join(f"{_month(point)}{_m3(point.used_l)}吨" for point in points)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-labelledby="title desc" font-family="{escape(_FONTS)}">'
        f'<title id="title">最近{len(points)}期用水量</title><desc id="desc">{spoken}</desc>'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>'
        f'<text x="{LEFT}" y="28" font-size="16" fill="#1f2933">最近{len(points)}期用水量·吨</text>'
        f"{bars}"
        f'<text x="{LEFT}" y="292" font-size="12" fill="#52606d">斜纹为估算水量</text>'
        '<defs><pattern id="guess" width="6" height="6" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect width="6" height="6" fill="#cfe5f7"/>'
        '<rect width="3" height="6" fill="#1b6ca8"/></pattern></defs></svg>'
    )


def _bar(place: int, point: UsagePointView, highest: int, step: float) -> str:
    height = round((BASE - TOP - 16) * point.used_l / highest, 1)
    x, middle = round(LEFT + place * step + step * 0.15, 1), round(LEFT + (place + 0.5) * step, 1)
    fill = "url(#guess)" if point.estimated else "#1b6ca8"
    return (
        f'<rect x="{x}" y="{BASE - height}" width="{round(step * 0.7, 1)}" height="{height}" '
        f'fill="{fill}"/>'
        f'<text x="{middle}" y="{BASE - height - 6}" font-size="13" text-anchor="middle" '
        f'fill="#1f2933">{_m3(point.used_l)}</text>'
        f'<text x="{middle}" y="{BASE + 18}" font-size="12" text-anchor="middle" '
        f'fill="#52606d">{_month(point)}</text>'
    )


def _month(point: UsagePointView) -> str:
    return f"{int(point.period[5:])}月"


def _m3(litres: int) -> str:
    whole, rest = divmod(litres, 1000)
    return f"{whole}.{rest:03d}".rstrip("0").rstrip(".")
