"""Yes and no as people say them to a confirmation: 好，帮我申请 · 嗯，取消吧 · 先不交了."""

import re

YES = re.compile(
    r"^(?:嗯+|唔|对+|是的?|好+的?|行|可以|没错|没问题|确认|同意|要的?|成|中|得)"
    r"(?:[，,。.!！ ]|[啊呀吧呗嘞哒了的]|$|就|那就|帮我|给我|你)"
)
_DOING = r"(?:交|缴|付|充|办|弄|报|开|改|申请|提交|登记|分期?|退|绑|查)"
NO = re.compile(rf"(?:^|[，,。 ]|先|还是|那|就|我)(?:不|别|甭)(?:了|用|要|取消|解绑|{_DOING})")
UNDECIDED = re.compile(r"不是|不对|错|吗[?？]?$|[?？]$|为什么|怎么")
LEAVES = re.compile(rf"^(?:那|先|还是|我)?(?:不|别|甭){_DOING}了")
"""Leaves whatever task asks: 不报了，刚才有人报过了."""


def yes_or_no(text: str) -> bool | None:
    """What the text says to a confirmation, None when it does not say."""
    said = text.strip()
    if UNDECIDED.search(said):
        return None
    if NO.search(said):
        return False
    return True if YES.match(said) else None
