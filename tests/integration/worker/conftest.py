"""A small Rasa project, trained once a session, and a billing side that answers by itself."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from rasa_sdk import Action
from rasa_sdk.events import SlotSet

from billing_client.views import Caller, IdentityView, Level, NoticeView
from bot import rasa_adapter
from bot.turn import Turner
from channels.database import Pool, open_pool

SCRATCH_PROJECT = Path(__file__).parent / "scratch_project"
NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
SECONDS_PER_TURN = 0.5


class Billing:
    """As much of billing as a worker needs itself."""

    def __init__(self) -> None:
        self.callers: list[Caller] = []
        self.notices: list[NoticeView] = []
        self.settled: list[int] = []
        self.failed: list[int] = []

    async def identify(self, caller: Caller) -> IdentityView:
        self.callers.append(caller)
        return IdentityView(Level.ANYONE, (), NOW)

    async def take_notices(self, limit: int = 20) -> tuple[NoticeView, ...]:
        waiting = [one for one in self.notices if one.notice_id not in self.settled]
        return tuple(waiting[:limit])

    async def settle_notice(self, notice_id: int) -> None:
        self.settled.append(notice_id)

    async def notice_failed(self, notice_id: int) -> None:
        self.failed.append(notice_id)


class ScratchAction(Action):
    """One action of the scratch project, by what it does."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.metadata: dict[str, Any] = {}

    def name(self) -> str:
        return self._name

    async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[dict[str, Any]]:
        self.metadata = tracker.latest_message["metadata"]
        match self._name:
            case "action_bill":
                seen = (tracker.get_slot("turns_seen") or 0) + 1
                dispatcher.utter_message(response="utter_bill", period="2026-10", amount=seen)
                return [SlotSet("turns_seen", seen)]
            case "action_hang":
                await asyncio.sleep(30)
            case "action_fault":
                raise ValueError("billing is on fire")
            case "action_handover":
                dispatcher.utter_message(response="utter_handover")
                return [SlotSet("handover_reason", "asked")]
        return []


ACTIONS = ("action_bill", "action_hang", "action_fault", "action_handover", "action_silent")


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rasa_adapter.install()
    from rasa.model_training import train

    folder = tmp_path_factory.mktemp("models")
    project = SCRATCH_PROJECT
    result = train(
        str(project / "domain.yml"),
        str(project / "config.yml"),
        [str(project / "data")],
        output=str(folder),
        force_training=True,
    )
    assert result.model is not None
    return Path(result.model)


@pytest.fixture
def billing() -> Billing:
    return Billing()


@pytest.fixture
def actions() -> dict[str, ScratchAction]:
    return {name: ScratchAction(name) for name in ACTIONS}


@pytest.fixture
def turner(model: Path, billing: Billing, actions: dict[str, ScratchAction]) -> Turner:
    return Turner(model, billing, actions.values(), SECONDS_PER_TURN)  # pyright: ignore[reportArgumentType]


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    pool = await open_pool(database_url, max_size=12)
    yield pool
    await pool.close()
