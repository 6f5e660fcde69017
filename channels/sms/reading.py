"""What a customer's SMS means. Pure."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

from channels.plain_text import plain
from channels.texts import text

FILE = Path(__file__).with_name("words.yml")
# 电信网编号计划: mobile numbers of the mainland. What else writes (106…, 95…, 100…) is a machine.
MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
COUNTRY_CODE = re.compile(r"^(?:\+?86|0086)(?=1[3-9]\d{9}$)")
QUOTED_SIGNATURE = re.compile(r"^【[^】]{1,20}】")
INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
LONGEST_TEXT = 1000

Wish = Literal["talk", "opt_out", "opt_in"]


@dataclass(frozen=True)
class Heard:
    """``text`` is as written, ``said`` what the bot is given."""

    wish: Wish
    text: str
    said: str


def phone_of(number: str) -> str | None:
    """'+8613800138000' → '13800138000'; None for what is no mobile number."""
    plain_number = COUNTRY_CODE.sub("", number.strip())
    return plain_number if MOBILE.fullmatch(plain_number) else None


def read(content: str) -> Heard | None:
    """None when nothing is written."""
    written = plain(content[:LONGEST_TEXT])
    shown = INVISIBLE.sub("", unicodedata.normalize("NFKC", written)).strip()
    shown = QUOTED_SIGNATURE.sub("", shown).strip()
    if not shown:
        return None
    word = shown.upper().strip(" 。.!！")
    if word in _words()["opt_out"]:
        return Heard("opt_out", written, shown)
    if word in _words()["opt_in"]:
        return Heard("opt_in", written, shown)
    return Heard("talk", written, _spelled_out(shown))


def _spelled_out(shown: str) -> str:
    """「cx1000000001」 → 「查水费 1000000001」; 「cxabc」 is no command."""
    if shown == "0":
        return text("help")
    match = _command().match(shown)
    if match is None:
        return shown
    words = _words()["codes"][match[1].upper()]
    rest = shown[match.end() :].strip()
    return f"{words} {rest}".strip()


@cache
def _words() -> dict[str, Any]:
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


@cache
def _command() -> re.Pattern[str]:
    codes = "|".join(_words()["codes"])
    return re.compile(rf"({codes})(?![A-Za-z])[\s+#,，。:：-]*", re.IGNORECASE)
