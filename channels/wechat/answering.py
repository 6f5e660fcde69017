"""The answer to WeChat's own request, as XML. Pure."""

import re

from wechatpy.replies import TextReply

from channels.wechat.reading import Heard

NOTHING = "success"  # taken, and nothing to say: no repeat, nothing shown
# What XML 1.0 forbids even inside CDATA.
FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def text_xml(heard: Heard, text: str, now: int) -> str:
    """wechatpy writes the element, and leaves it to us that the text cannot end its CDATA."""
    safe = FORBIDDEN.sub("", text).replace("]]>", "]]]]><![CDATA[>")
    reply = TextReply(content=safe, source=heard.account, target=heard.openid, time=now)
    return str(reply.render())
