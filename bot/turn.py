"""One turn of a conversation: a message in, replies and the state to keep out.

Whatever happens inside, the customer gets a sentence: a fault and a turn that takes too
long end with an apology and a person.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import structlog

from billing_client.client import BillingClient
from billing_client.views import Caller
from bot import rasa_adapter
from bot.responses import Responses
from channels.abilities import abilities_of
from channels.messages import Image, Link, Option, Reply

rasa_adapter.install()  # before the first import of Rasa

from rasa.core.agent import Agent  # noqa: E402
from rasa.core.channels.channel import UserMessage  # noqa: E402
from rasa_sdk import Action  # noqa: E402

from bot.rasa_adapter.in_process_actions import (  # noqa: E402
    SECONDS_PER_ACTION,
    ActionFailed,
    InProcessActions,
)
from bot.rasa_adapter.reply_channel import NeutralReply, ReplyChannel  # noqa: E402
from bot.rasa_adapter.turn_tracker_store import (  # noqa: E402  # noqa: E402
    TurnTrackerStore,
    amended,
    serialise,
    slots_of,
    take_slot,
)

SECONDS_PER_TURN = 8.0
MOST_CHARACTERS = 1000  # a longer text is not understood better, and takes long to read
COMMAND_MARK = "/"  # Rasa takes "/intent" for an intent chosen by a machine
HARMLESS_MARK = "\uff0f"  # what customers see as the same

PHOTO_TEXTS = ("", "[图片]")  # what channels give as the text of a photo alone

HANDOVER_SLOT = "handover_reason"
PHOTOS_SLOT = "photos"
STACK_SLOT = "flow_stack"

APOLOGY = "utter_apology_fault"
NOT_UNDERSTOOD = "utter_please_rephrase"
TOO_LONG = "utter_too_long"
PHOTO_FOR_TASK = "utter_photo_received"
PHOTO_UNASKED = "utter_photo_unasked"

log = structlog.get_logger("turn")


@dataclass(frozen=True)
class Said:
    """One message of a verified customer. ``key`` is the same for each try at it."""

    conversation_id: str
    channel: str
    channel_user: str
    text: str
    key: str
    photos: tuple[str, ...] = ()
    address: str | None = None


@dataclass(frozen=True)
class Answer:
    """``handover`` is why a person shall go on, ``fault`` the event to count, if any.

    ``state`` None: keep what was stored before.
    """

    replies: list[Reply]
    state: bytes | None
    handover: str | None = None
    fault: str | None = None


class Turner:
    """Rasa's agent with the flows and actions, for any number of conversations."""

    def __init__(
        self,
        model: Path,
        client: BillingClient,
        actions: Iterable[Action],
        seconds_per_turn: float = SECONDS_PER_TURN,
    ) -> None:
        """Loads the model, which takes seconds."""
        self._client = client
        self._seconds = seconds_per_turn
        self._store = TurnTrackerStore()
        endpoint = InProcessActions(actions, min(SECONDS_PER_ACTION, seconds_per_turn))
        self._agent = Agent.load(model, action_endpoint=endpoint, tracker_store=self._store)
        if self._agent.processor is None or self._agent.domain is None:
            raise ValueError(f"{model} holds no model")
        self._agent.processor.on_circuit_break = _too_many_actions
        self.responses = Responses(self._agent.domain.responses)

    async def handle(self, said: Said, state: bytes | None) -> Answer:
        """Answer ``said`` in at most ``seconds_per_turn``. Never raises, never stays silent."""
        try:
            async with asyncio.timeout(self._seconds):
                return await self._answer(said, state)
        except TimeoutError:
            return self._apology(said, "turn_timeout")
        except ActionFailed as error:
            log.error("turn.action_failed", action=error.action, exc_info=error.__cause__)
            in_time = not isinstance(error.__cause__, TimeoutError)
            return self._apology(said, "action_failed" if in_time else "action_timeout")
        except Exception as error:
            log.error("turn.failed", exc_info=error)
            return self._apology(said, "turn_failed")

    async def _answer(self, said: Said, state: bytes | None) -> Answer:
        text = said.text.strip()
        if said.photos and text in PHOTO_TEXTS:
            return self._take_photos(said, state)
        if not text:
            return Answer([self._say(NOT_UNDERSTOOD, said)], None)
        if len(text) > MOST_CHARACTERS:
            return Answer([self._say(TOO_LONG, said)], None)
        if said.photos and state:
            state = _with_photos(said, state)
        return await self._ask_rasa(replace(said, text=harmless(text)), state)

    async def _ask_rasa(self, said: Said, state: bytes | None) -> Answer:
        metadata = await self._metadata(said)
        channel = ReplyChannel(said.channel)
        message = UserMessage(
            said.text, channel, said.conversation_id,
            input_channel=said.channel, message_id=said.key, metadata=metadata,
        )  # fmt: skip
        self._store.put(said.conversation_id, state)
        try:
            await self._agent.handle_message(message)
        finally:
            tracker = self._store.take(said.conversation_id)
        if tracker is None:
            raise RuntimeError("Rasa saved no conversation")
        handover = take_slot(tracker, HANDOVER_SLOT)
        if not _is_busy(tracker.get_slot(STACK_SLOT)):
            take_slot(tracker, PHOTOS_SLOT)
        replies = [_reply(neutral) for neutral in channel.replies]
        if not replies:
            raise RuntimeError("the dialogue said nothing")
        return Answer(replies, serialise(tracker), None if handover is None else str(handover))

    async def _metadata(self, said: Said) -> dict[str, Any]:
        caller = Caller(
            said.channel, said.channel_user, said.conversation_id, said.address, turn=said.key
        )
        identity = await self._client.identify(caller)
        return {
            "channel": said.channel,
            "channel_user": said.channel_user,
            "conversation_id": said.conversation_id,
            "address": said.address,
            "message_key": said.key,
            "now": identity.now.isoformat(),
            "abilities": abilities_of(said.channel).as_dict(),
            "identity_level": int(identity.level),
            "accounts": [account.account_no for account in identity.accounts],
            "photos": list(said.photos),
        }

    def _take_photos(self, said: Said, state: bytes | None) -> Answer:
        """A photo says nothing that Rasa could read: it is kept for the report it belongs to."""
        busy = state is not None and _is_busy(slots_of(state).get(STACK_SLOT))
        name = PHOTO_FOR_TASK if busy else PHOTO_UNASKED
        kept = _with_photos(said, state)
        if not busy:
            kept = amended(kept, buttons=self.responses.buttons(name))
        return Answer([self._say(name, said)], kept)

    def apology(self, channel: str) -> Reply:
        """What is said when a message could not be answered, with the next step."""
        return self.responses.render(APOLOGY, channel)

    def _apology(self, said: Said, fault: str) -> Answer:
        return Answer([self.apology(said.channel)], None, handover="fault", fault=fault)

    def _say(self, name: str, said: Said) -> Reply:
        return self.responses.render(name, said.channel)


def harmless(text: str) -> str:
    """The text without the power to name an intent; customers have buttons for that."""
    if not text.startswith(COMMAND_MARK):
        return text
    return HARMLESS_MARK + text.removeprefix(COMMAND_MARK)


def _is_busy(stack: object) -> bool:
    """Whether a flow runs (see bot/flows/stack.py)."""
    return isinstance(stack, dict) and bool(stack.get("frames"))


def _with_photos(said: Said, state: bytes | None) -> bytes:
    before = slots_of(state).get(PHOTOS_SLOT) or [] if state else []
    return amended(state, slots={PHOTOS_SLOT: [*before, *said.photos]})


def _reply(neutral: NeutralReply) -> Reply:
    link, image = neutral["link"], neutral["image"]
    return Reply(
        neutral["text"],
        tuple(Option(title) for title in neutral["options"]),
        Link(link["title"], link["url"]) if link else None,
        Image(image["url"], image["description"]) if image else None,
    )


def _too_many_actions(*_arguments: Any) -> None:
    raise RuntimeError("the flows run in a circle")
