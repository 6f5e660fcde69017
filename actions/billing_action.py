"""The base of every action: one call of billing, refusals turned into sentences."""

from typing import Any, cast

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.turn import Turn
from actions.wording import in_words
from billing_client import door
from billing_client.client import BillingClient
from billing_client.errors import BillingRefusal, NotBound, NotFresh
from billing_client.views import Level


class BillingAction(Action):
    """Subclasses give ``response_name`` (the action's name) and ``act``.

    A refusal for want of identity runs the flow ``link_account``; any other is told with
    ``utter_refused_<code>`` and ends the flow. What else is raised is a fault: the worker
    apologises and queues the conversation for a person.
    """

    action_name: str

    def name(self) -> str:
        return self.action_name

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        turn = Turn(dispatcher, tracker, cast(dict[str, Any], domain))
        try:
            await self.act(turn, door.client())
        except (NotBound, NotFresh) as refusal:
            self._ask_for_identity(turn, refusal)
        except BillingRefusal as refusal:
            self.refused(turn, refusal)
        return turn.events

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        raise NotImplementedError

    def refused(self, turn: Turn, refusal: BillingRefusal) -> None:
        """Say why and leave the flow. Actions that ask again override it."""
        turn.say(f"utter_refused_{refusal.code}", **in_words(refusal.facts))
        turn.signal("end")

    def _ask_for_identity(self, turn: Turn, refusal: BillingRefusal) -> None:
        level = Level.FRESH if isinstance(refusal, NotFresh) else Level.BOUND
        turn.set(target_level=int(level))
        turn.signal("call:link_account")
