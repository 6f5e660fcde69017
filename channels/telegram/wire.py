"""What Telegram sends to our route, read strictly (core.telegram.org/bots/api#update).

Only what is used is declared; anything else is ignored, and what does not fit is
``NotUnderstood``, never another exception.
"""

from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

# Ids have at most 52 significant bits (core.telegram.org/bots/api#user).
Id = Annotated[int, Field(ge=-(2**53), le=2**53)]
Text = Annotated[str, Field(max_length=16_384)]  # well over the 4096 that Telegram lets pass
FileId = Annotated[str, Field(min_length=1, max_length=300, pattern=r"^[A-Za-z0-9_-]+$")]
Coordinate = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]

PRIVATE = "private"


class NotUnderstood(ValueError):
    """No update of the Bot API."""


class Chat(BaseModel):
    id: Id
    type: str


class Sender(BaseModel):
    id: Id
    is_bot: bool = False


class File(BaseModel):
    file_id: FileId
    file_size: int = 0
    mime_type: str = ""


class Location(BaseModel):
    latitude: Coordinate
    longitude: Coordinate


class Venue(BaseModel):
    title: Text = ""
    address: Text = ""


class Message(BaseModel):
    """``photo`` holds the same picture in several sizes, the largest last."""

    message_id: Id
    chat: Chat
    sender: Sender | None = Field(default=None, alias="from")
    text: Text | None = None
    caption: Text = ""
    photo: list[File] = []
    document: File | None = None
    location: Location | None = None
    venue: Venue | None = None
    voice: File | None = None


class PressedMessage(BaseModel):
    """The message whose button was pressed; of an old one Telegram tells no more than this."""

    message_id: Id
    chat: Chat


class Press(BaseModel):
    id: Annotated[str, Field(max_length=64)]
    sender: Sender = Field(alias="from")
    message: PressedMessage | None = None
    data: Annotated[str, Field(max_length=64)] = ""


class Update(BaseModel):
    update_id: Annotated[int, Field(ge=0, le=2**53)]
    message: Message | None = None
    edited_message: Message | None = None
    callback_query: Press | None = None


def parse(body: bytes) -> Update:
    """Raises ``NotUnderstood``."""
    try:
        return Update.model_validate_json(body)
    except (ValidationError, ValueError, RecursionError) as error:
        raise NotUnderstood(type(error).__name__) from None
