"""Automatic deduction: show, sign, cancel."""

from actions.billing_action import BillingAction
from actions.pay_method import keep_offered_method, method_options
from actions.turn import Turn
from actions.wording import day, moment
from billing_client.client import BillingClient
from billing_client.views import AutopayView


class ShowAutopay(BillingAction):
    """The contract's state, its next and last run; slot ``autopay_state``."""

    action_name = "action_show_autopay"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        contract = await billing.autopay(turn.caller, turn.slot("account_no"))
        failed = contract.last_result not in (None, "paid", "PAID")
        owes = failed and (await billing.arrears(turn.caller, contract.account_no)).open_fen > 0
        turn.set(autopay_state=contract.state, owes=owes)
        turn.say(
            f"utter_autopay_{contract.state.lower()}",
            account_no=contract.account_no,
            signed=day(contract.signed_at) if contract.signed_at else "",
            next=self._next(turn, contract),
            last=self._last(turn, contract),
        )

    def _next(self, turn: Turn, contract: AutopayView) -> str:
        if contract.next_run_on is None:
            return turn.part("utter_part_autopay_next_unknown")
        return turn.part("utter_part_autopay_next", day=day(contract.next_run_on))

    def _last(self, turn: Turn, contract: AutopayView) -> str:
        if contract.last_run_at is None or contract.last_result is None:
            return turn.part("utter_part_autopay_never_run")
        reason = f"utter_part_autopay_{contract.last_result.lower()}"
        result = turn.part(reason if turn.has(reason) else "utter_part_autopay_failed")
        return turn.part("utter_part_autopay_last", at=moment(contract.last_run_at), result=result)


class ReadAutopay(BillingAction):
    """Slot ``autopay_state`` alone, nothing said."""

    action_name = "action_read_autopay"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        contract = await billing.autopay(turn.caller, turn.slot("account_no"))
        turn.set(autopay_state=contract.state)


class AskAutopayConfirm(BillingAction):
    """Read back the account before a contract is opened, and where it may be signed."""

    action_name = "action_ask_autopay_confirmed"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        methods = await billing.autopay_methods()
        if not methods:
            turn.say("utter_autopay_not_offered")
            turn.signal("end")
            return
        keep_offered_method(turn, methods)
        turn.say(
            "utter_ask_autopay_confirmed",
            options=method_options(
                turn, methods, "utter_part_confirm_autopay", "utter_part_not_autopay"
            ),
            account_no=turn.slot("account_no"),
        )


class TakeAutopayMethod(BillingAction):
    """Who did not choose signs by the first method. Fills ``pay_method``, asks nothing."""

    action_name = "action_take_autopay_method"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        turn.set(pay_method=(await billing.autopay_methods())[0])


class SignAutopay(BillingAction):
    """Open a contract at the provider; the customer signs on the provider's page."""

    action_name = "action_sign_autopay"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        contract = await billing.sign_autopay(
            turn.caller,
            turn.slot("account_no"),
            idempotency_key=turn.message_key,
            method=turn.slot("pay_method"),
        )
        if contract.sign_url is None:
            turn.say("utter_refused_provider_silent")
            return
        turn.say(
            "utter_autopay_sign",
            account_no=contract.account_no,
            link=("utter_part_sign_link", contract.sign_url),
        )


class CancelAutopay(BillingAction):
    action_name = "action_cancel_autopay"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        contract = await billing.cancel_autopay(turn.caller, turn.slot("account_no"))
        turn.say("utter_autopay_cancelled", account_no=contract.account_no)
