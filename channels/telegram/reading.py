"""What a message of Telegram means for the bot. Pure."""

from channels.plain_text import plain
from channels.telegram.wire import PRIVATE, Location, Message, Venue
from channels.texts import text
from channels.web.photos import LARGEST_PHOTO_BYTES

PICTURES = ("image/jpeg", "image/png", "image/webp")
COMMANDS = {"/start": "hello", "/help": "help"}  # what the buttons of the chat's menu send


def is_customers(message: Message) -> bool:
    """From a person, in a chat with the bot alone: what is private stays out of groups."""
    sender = message.sender
    if sender is None or sender.is_bot:
        return False
    return message.chat.type == PRIVATE and sender.id == message.chat.id


def text_of(message: Message) -> str | None:
    """In words; None for what has none (stickers, voice, contacts)."""
    if message.location is not None:
        return _place(message.location, message.venue)
    said = plain(message.text if message.text is not None else message.caption)
    command = said.split(maxsplit=1)[0].split("@")[0] if said.startswith("/") else ""
    if command in COMMANDS:
        return text(COMMANDS[command])
    return said or None


def photo_of(message: Message) -> str | None:
    """The file of the largest size that is small enough; None without a picture."""
    sizes = list(message.photo)
    if message.document is not None and message.document.mime_type in PICTURES:
        sizes.append(message.document)
    small = [size for size in sizes if size.file_size <= LARGEST_PHOTO_BYTES]
    return (small or sizes)[-1].file_id if sizes else None


def _place(location: Location, venue: Venue | None) -> str:
    """The name that people know it by, else where it is."""
    name = plain(f"{venue.address} {venue.title}") if venue else ""
    if name:
        return text("location_with_name").format(name=name)
    return text("location").format(
        latitude=f"{location.latitude:.5f}", longitude=f"{location.longitude:.5f}"
    )
