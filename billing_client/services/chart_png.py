"""The chart as PNG, for channels that show no SVG."""

from functools import cache
from pathlib import Path

import resvg_py

WIDTH_PX = 1080  # three device pixels a point on a phone
# Where Linux, macOS and Windows keep a Chinese font; resvg finds it by its family name.
FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path("/System/Library/Fonts"))
FOLDERS_OF_WINDOWS = (Path("C:/Windows/Fonts"),)
FAMILIES = {
    "NotoSansCJK": "Noto Sans CJK SC",
    "NotoSansSC": "Noto Sans SC",
    "SourceHanSans": "Source Han Sans SC",
    "wqy-microhei": "WenQuanYi Micro Hei",
    "wqy-zenhei": "WenQuanYi Zen Hei",
    "PingFang": "PingFang SC",
    "msyh": "Microsoft YaHei",
}


def png(svg: str) -> bytes | None:
    """None on a machine without a Chinese font: a picture without words would mislead."""
    family = chinese_family()
    if family is None:
        return None
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=svg, width=WIDTH_PX, font_family=family, sans_serif_family=family
        )
    )


@cache
def chinese_family() -> str | None:
    for folder in (*FOLDERS, *FOLDERS_OF_WINDOWS):
        for path in folder.rglob("*.tt[cf]") if folder.is_dir() else ():
            for start, family in FAMILIES.items():
                if path.name.startswith(start):
                    return family
    return None
