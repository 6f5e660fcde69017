"""Which accounts may be chosen: those known when the message came, and what changed since."""

from datetime import UTC, datetime
from typing import Any, cast

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.account import ChooseAccount, ConfirmCode, Unbind
from actions.billing_action import BillingAction
from billing_client import door
from billing_client.client import BillingClient
from billing_client.views import AccountView, Caller, IdentityView, Level

HOME, SHOP = "1000000011", "1000000012"
NOW = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)


class Billing:
    """Knows one code and takes any account away; asked who the caller is, it breaks."""

    async def confirm_code(self, _caller: Caller, _code: str) -> IdentityView:
        account = AccountView(
            account_no=HOME, owner_name="王*明", phone="138****1234", address="人民路*号",
            area="城东", customer_class="RESIDENT", persons=3, low_income=False,
            supply_state="on", meter_kind="smart",
        )  # fmt: skip
        return IdentityView(level=Level.FRESH, accounts=(account,), now=NOW)

    async def unbind(self, _caller: Caller, account_no: str) -> None:
        assert account_no == HOME


@pytest.fixture(autouse=True)
def billing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "client", lambda: cast(BillingClient, Billing()))


async def _run(
    action: BillingAction, bound: list[str] | None = None, **slots: Any
) -> dict[str, Any]:
    """The slots after the action, for a message at which ``bound`` were the caller's."""
    metadata = {"channel": "web", "channel_user": "visitor", "accounts": bound or []}
    said = {"text": "382910", "metadata": metadata}
    tracker = Tracker("c1", slots, said, [], False, None, {}, "action_listen")
    responses = {name: [{"text": name}] for name in ("utter_code_right", "utter_unbound")}
    domain = cast(DomainDict, {"responses": responses})
    events = await action.run(CollectingDispatcher(), tracker, domain)
    return slots | {event["name"]: event["value"] for event in events}


async def test_the_only_account_is_chosen_and_of_several_none() -> None:
    assert (await _run(ChooseAccount(), [HOME]))["account_no"] == HOME
    assert (await _run(ChooseAccount(), [HOME, SHOP]))["account_no"] is None
    assert (await _run(ChooseAccount(), [HOME, SHOP], account_no=SHOP))["account_no"] == SHOP


async def test_an_account_proved_in_the_same_turn_can_be_chosen() -> None:
    stranger = await _run(ChooseAccount(), account_no=HOME)
    assert stranger["flow_signal"] == "call:link_account"
    proved = await _run(ConfirmCode(), code="382910", link_account_no=HOME)
    chosen = await _run(ChooseAccount(), accounts=proved["accounts"], account_no=HOME)
    assert "flow_signal" not in chosen


async def test_an_account_unbound_in_the_same_turn_cannot_be_chosen() -> None:
    left = await _run(Unbind(), [HOME, SHOP], accounts=[HOME, SHOP], account_no=HOME)
    assert left["accounts"] == [SHOP]
    assert (await _run(ChooseAccount(), [HOME, SHOP], accounts=[SHOP]))["account_no"] == SHOP
    last = await _run(Unbind(), [HOME], accounts=[HOME], account_no=HOME)
    assert (await _run(ChooseAccount(), [HOME], accounts=last["accounts"]))["account_no"] is None
