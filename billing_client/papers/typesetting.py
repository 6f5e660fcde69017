"""From a template and its figures to a PDF, with a Chinese font of our own embedded.

Typst is one wheel without libraries of the system, and a page takes milliseconds; see
docs/decisions/. Templates read their figures as JSON, so that nothing in a name or a remark
is ever taken for markup.
"""

import json
import threading
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_cn
import typst

TEMPLATES = Path(__file__).parent / "templates"
FONTS = Path(pylopdf_fonts_zh_cn.__file__).parent
FAMILY = "Noto Sans SC"

_compiling = threading.Lock()  # a compiler serves one caller at a time


def pdf(template: str, figures: Mapping[str, Any]) -> bytes:
    """``template`` is a name in ``templates/``; ``figures`` must be plain JSON."""
    with _compiling:
        made = _compiler().compile(
            input=str(TEMPLATES / f"{template}.typ"),
            format="pdf",
            sys_inputs={"figures": json.dumps(figures, ensure_ascii=False)},
        )
    assert isinstance(made, bytes)
    return made


@cache
def _compiler() -> typst.Compiler:
    return typst.Compiler(root=TEMPLATES, font_paths=[str(FONTS)], ignore_system_fonts=True)
