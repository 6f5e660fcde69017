"""A person, requests that people decide, and general answers."""

import re

from actions.billing_action import BillingAction
from actions.turn import Turn
from billing_client.client import BillingClient

DIGITS = re.compile(r"\d{1,2}")
LARGE_HOUSEHOLD = 5  # persons, from which most cities give more water a tier


class HandOver(BillingAction):
    """Put the conversation into the queue for a person: the worker reads ``handover_reason``."""

    action_name = "action_hand_over"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        on_duty = await billing.staff_on_duty()
        turn.say("utter_handed_over" if on_duty else "utter_handed_over_no_duty")
        turn.set(handover_reason=turn.slot("handover_reason") or "asked")


class CheckPersonCount(BillingAction):
    """Slot ``person_count`` must be a number of persons that gets more water."""

    action_name = "action_check_person_count"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        found = DIGITS.search(str(turn.slot("person_count") or ""))
        if found is None:
            turn.set(person_count=None)
            turn.say("utter_invalid_person_count")
            return
        count = int(found.group())
        if count < LARGE_HOUSEHOLD:
            turn.say("utter_too_few_persons", count=count)
            turn.signal("end")
            return
        turn.set(person_count=count, request_details=f"{count}人")


class OpenRequest(BillingAction):
    """A request that the business office decides: a service order with the customer's words."""

    action_name = "action_open_request"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        kind = turn.slot("request_kind")
        accounts = (await billing.identify(turn.caller)).accounts
        account_no = turn.slot("account_no")
        account = next((one for one in accounts if one.account_no == account_no), None)
        order = await billing.open_service_order(
            turn.caller,
            kind=kind,
            place=turn.slot("address") or (account.address if account else "") or kind,
            severity="minor",
            phone=turn.slot("phone"),
            details={"said": turn.slot("request_details") or turn.said, "account_no": account_no},
        )
        turn.set(ticket_no=order.ticket_no)
        turn.say(
            "utter_request_existed" if order.existed else "utter_request_opened",
            ticket_no=order.ticket_no,
            kind=turn.part(f"utter_part_kind_{kind}"),
        )


class AnswerFaq(BillingAction):
    """The text of the topic that was recognised, with its source."""

    action_name = "action_answer_faq"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        topic = turn.slot("faq_topic")
        response = f"utter_faq/{topic}"
        turn.say(response if turn.has(response) else "utter_faq_unknown")


class Greet(BillingAction):
    """Hello, and what the bot can do for this customer."""

    action_name = "action_greet"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        if len((turn.slot("flow_stack") or {}).get("frames", ())) > 1:
            turn.say("utter_here")  # in the middle of a task: a long hello would bury the question
            return
        known = bool((await billing.identify(turn.caller)).accounts)
        turn.say("utter_greet_known" if known else "utter_greet")


class SayOutOfScope(BillingAction):
    """Not ours; the second time in other words, with a person offered."""

    action_name = "action_say_out_of_scope"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        again = bool(turn.slot("beside_before"))
        turn.say("utter_out_of_scope_again" if again else "utter_out_of_scope")
        turn.set(beside_before=not again)
