"""What one action sees of the running turn, and how it speaks.

Every sentence is a response of the domain; an action only picks it and fills its blanks.
"""

from datetime import datetime
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from billing_client.views import Caller

Domain = dict[str, Any]


class Turn:
    """The customer, the slots and the mouth of one action's run."""

    def __init__(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> None:
        self._dispatcher = dispatcher
        self._tracker = tracker
        self._responses: dict[str, list[dict[str, Any]]] = domain.get("responses") or {}
        self.metadata: dict[str, Any] = (tracker.latest_message or {}).get("metadata") or {}
        self.events: list[EventType] = []

    @property
    def caller(self) -> Caller:
        """The verified identity that the worker put beside the message."""
        return Caller(
            channel=self.metadata["channel"],
            channel_user=self.metadata["channel_user"],
            conversation_id=self.metadata.get("conversation_id"),
            address=self.metadata.get("address"),
            turn=self.metadata.get("message_key"),
        )

    @property
    def bound_accounts(self) -> list[str]:
        """Accounts that the verified customer has, those linked in this very turn among them.

        For choosing alone: billing looks itself who may see what.
        """
        known = self.slot("accounts")
        return list((self.metadata.get("accounts") if known is None else known) or ())

    @property
    def now(self) -> datetime:
        return datetime.fromisoformat(self.metadata["now"])

    @property
    def said(self) -> str:
        """The customer's latest words."""
        return (self._tracker.latest_message or {}).get("text") or ""

    @property
    def intent(self) -> str:
        intent = (self._tracker.latest_message or {}).get("intent") or {}
        return intent.get("name") or ""

    @property
    def message_key(self) -> str:
        """The same for each try at this message: what money calls are keyed by."""
        return str(self.metadata.get("message_key") or self.metadata["now"])

    def slot(self, name: str) -> Any:
        for event in reversed(self.events):
            if event.get("event") == "slot" and event.get("name") == name:
                return event.get("value")
        return self._tracker.get_slot(name)

    def set(self, **values: Any) -> None:
        self.events.extend(SlotSet(name, value) for name, value in values.items())

    def signal(self, value: str) -> None:
        """Tell the flow policy how to go on: ``end``, ``retry:<slot>``, ``call:<flow>``."""
        self.set(flow_signal=value)

    def part(self, response: str, **blanks: Any) -> str:
        """The text of a response with its blanks filled, to be a line of a longer one."""
        return self._responses[response][0]["text"].format(**blanks)

    def has(self, response: str) -> bool:
        return response in self._responses

    def say(
        self,
        response: str,
        *,
        options: list[tuple[str, str]] | None = None,
        link: tuple[str, str] | None = None,
        image: tuple[str, str] | None = None,
        **blanks: Any,
    ) -> None:
        """Utter a response.

        ``options`` are (title, what choosing it means), ``link`` (response of its title,
        address), ``image`` (address, description).
        """
        custom: dict[str, Any] = {}
        if link:
            custom["link"] = {"title": self.part(link[0]), "url": link[1]}
        if image:
            custom["image"] = {"url": image[0], "description": image[1]}
        self._dispatcher.utter_message(
            response=response,
            buttons=[{"title": title, "payload": payload} for title, payload in options or ()],
            json_message=custom,
            **blanks,
        )
