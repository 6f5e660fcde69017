"""Custom actions run in this process: ordinary rasa-sdk classes, without an action server.

Rasa 3.6.21 sends an action server the whole conversation and the whole domain at each
call, checks the answer against a JSON schema (a third of a turn's time), waits up to
300 s, and carries on in silence when an action raises. Here the payload is the slots and
the latest message, each action has a deadline, and a failure ends the turn.
"""

import asyncio
from collections.abc import Iterable
from typing import Any

from rasa.core.actions.action import RemoteAction
from rasa.core.channels.channel import OutputChannel
from rasa.core.nlg.generator import NaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig
from rasa_sdk import Action
from rasa_sdk.executor import ActionExecutor

SECONDS_PER_ACTION = 6.0

DOMAIN_AS_DICT = "_as_dict_for_actions"  # kept on the domain itself: hashing one is slow

RUN_OF_RASA = RemoteAction.run


class ActionFailed(BaseException):
    """An action raised or overran its deadline; ``__cause__`` says which.

    No ``Exception`` on purpose: Rasa's processor catches those, loses the action's events
    and goes on as though it had run.
    """

    def __init__(self, action: str) -> None:
        super().__init__(action)
        self.action = action


class InProcessActions(EndpointConfig):
    """Stands where Rasa expects the address of an action server."""

    def __init__(
        self, actions: Iterable[Action], seconds_per_action: float = SECONDS_PER_ACTION
    ) -> None:
        super().__init__()
        self._seconds = seconds_per_action
        self._executor = ActionExecutor()
        for action in actions:
            self._executor.register_action(action)

    async def request(self, *_arguments: Any, json: Any = None, **_options: Any) -> Any:
        """Run the action that Rasa's payload names. Raises what it raises, or TimeoutError."""
        async with asyncio.timeout(self._seconds):
            result = await self._executor.run(json)
        assert result is not None, "Rasa always names the action"
        return {"events": result.events, "responses": result.responses}


def install() -> None:
    """Make Rasa's calls of actions lean. Raises AttributeError when Rasa's side has changed."""
    replaced = {"_action_call_format": _payload, "_validate_action_result": _trust, "run": _run}
    for name, ours in replaced.items():
        getattr(RemoteAction, name)
        setattr(RemoteAction, name, ours)


async def _run(
    action: RemoteAction,
    output_channel: OutputChannel,
    nlg: NaturalLanguageGenerator,
    tracker: DialogueStateTracker,
    domain: Domain,
) -> list[Event]:
    """Rasa's own way of running an action, whose failures end the turn as ``ActionFailed``."""
    try:
        return await RUN_OF_RASA(action, output_channel, nlg, tracker, domain)
    except Exception as error:
        raise ActionFailed(action.name()) from error


def _payload(action: RemoteAction, tracker: DialogueStateTracker, domain: Domain) -> dict[str, Any]:
    """What rasa-sdk's ``Tracker`` is made of; the events of the past stay behind."""
    said = tracker.latest_message
    return {
        "next_action": action.name(),
        "sender_id": tracker.sender_id,
        "domain": _domain_dict(domain),
        "tracker": {
            "sender_id": tracker.sender_id,
            "slots": tracker.current_slot_values(),
            "latest_message": {**said.parse_data, "metadata": said.metadata} if said else {},
            "latest_action_name": tracker.latest_action_name,
            "latest_input_channel": said.input_channel if said else None,
            "events": [],
            "paused": False,
            "followup_action": tracker.followup_action,
            "active_loop": {},
        },
    }


def _domain_dict(domain: Domain) -> dict[str, Any]:
    """Made once for each loaded domain."""
    if DOMAIN_AS_DICT not in vars(domain):
        vars(domain)[DOMAIN_AS_DICT] = domain.as_dict()
    return vars(domain)[DOMAIN_AS_DICT]


def _trust(_action: RemoteAction, _result: dict[str, Any]) -> bool:
    return True  # the answer comes from rasa-sdk in this very process
