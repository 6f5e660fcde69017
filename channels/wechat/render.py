"""A reply as WeChat text messages: options as numbers, each text within 2048 bytes."""

from channels.abilities import WECHAT_TEXT_BYTES
from channels.messages import Reply
from channels.numbered_options import as_plain_text
from channels.splitting import split, utf8_bytes


def render(reply: Reply) -> tuple[str, ...]:
    """The texts to send, in order. Few and full: a customer's message allows five answers."""
    return tuple(split(as_plain_text(reply, with_image=True), WECHAT_TEXT_BYTES, utf8_bytes))
