"""A message of the conversation as the web client's JSON event."""

from typing import Any

from channels.messages import Reply
from channels.streams import Event


def render(reply: Reply) -> dict[str, Any]:
    """Text, options' titles, link and image; the client puts them in text nodes and buttons."""
    link, image = reply.link, reply.image
    return {
        "text": reply.text,
        "options": [option.title for option in reply.options],
        "link": {"title": link.title, "url": link.url} if link else None,
        "image": {"url": image.url, "description": image.description} if image else None,
    }


def render_event(event: Event) -> dict[str, Any]:
    """``seq`` strictly increases, with gaps; a client that drops seq ≤ its last sees all once.

    ``id`` is the one that the client gave its own message, by which it knows it again.
    """
    head: dict[str, Any] = {"seq": event.seq, "t": event.author, "at": event.at.isoformat()}
    if event.key is not None:
        head["id"] = event.key
    if event.reply.name:
        head["name"] = event.reply.name
    photos = [f"/web/photos/{photo_id}" for photo_id in event.attachments]
    return {**head, **render(event.reply), **({"photos": photos} if photos else {})}
