"""Options as numbers, for channels without buttons: 「1 立即缴费  2 稍后再说，回数字」."""

from channels.messages import Option, Reply


def numbered(options: tuple[Option, ...]) -> str:
    """One line; empty when there is nothing to choose. A digit answers it (``inbox.receive``)."""
    if not options:
        return ""
    choices = "  ".join(f"{number} {option.title}" for number, option in enumerate(options, 1))
    return f"{choices}，回数字"


def as_plain_text(reply: Reply, *, with_image: bool) -> str:
    """Text, picture, link and options one below the other."""
    picture = _picture(reply) if with_image else ""
    link = f"{reply.link.title} {reply.link.url}" if reply.link else ""
    parts = (reply.text, picture, link, numbered(reply.options))
    return "\n".join(part for part in parts if part)


def _picture(reply: Reply) -> str:
    return f"{reply.image.description} {reply.image.url}" if reply.image else ""
