"""The slots, responses, actions and flows by which the engine and the project know each other.

What each is for stands in docs/flows.md; the checker demands all of them of the domain.
"""

STACK_SLOT = "flow_stack"
SIGNAL_SLOT = "flow_signal"
LEVEL_SLOT = "identity_level"
ACCOUNTS_SLOT = "accounts"
ACCOUNT_SLOT = "account_no"
PERIOD_SLOT = "bill_period"
HANDOVER_REASON_SLOT = "handover_reason"
FAQ_TOPIC_SLOT = "faq_topic"
TARGET_LEVEL_SLOT = "target_level"
OPEN_TASK_SLOT = "open_task"
CLARIFY_FIRST_SLOT = "clarify_first"
CLARIFY_SECOND_SLOT = "clarify_second"
ENGINE_SLOTS = (
    STACK_SLOT, SIGNAL_SLOT, LEVEL_SLOT, ACCOUNTS_SLOT, HANDOVER_REASON_SLOT, FAQ_TOPIC_SLOT,
    TARGET_LEVEL_SLOT, OPEN_TASK_SLOT, CLARIFY_FIRST_SLOT, CLARIFY_SECOND_SLOT,
)  # fmt: skip

SAY_BACK_TO_TASK = "utter_back_to_task"
SAY_RESUME_TASK = "utter_resume_task"
SAY_FLOW_LEFT = "utter_flow_left"
SAY_NOTHING_TO_STOP = "utter_nothing_to_stop"
SAY_NOTHING_ASKED = "utter_nothing_asked"
SAY_OFFER_DECLINED = "utter_offer_declined"
SAY_NOT_UNDERSTOOD = "utter_did_not_understand"
SAY_REPHRASE = "utter_please_rephrase"
ASK_CLARIFY = "utter_clarify"
ASK_CLARIFY_ONE = "utter_clarify_one"
ASK_OFFER_PERSON = "utter_offer_person"
SAY_NEXT_WISH = "utter_next_wish"
SAY_FAULT = "utter_apology_fault"
SAY_DESPAIR = "utter_despair"
ENGINE_RESPONSES = (
    SAY_BACK_TO_TASK, SAY_RESUME_TASK, SAY_FLOW_LEFT, SAY_NOTHING_TO_STOP, SAY_NOTHING_ASKED,
    SAY_OFFER_DECLINED, SAY_NOT_UNDERSTOOD, SAY_REPHRASE, ASK_CLARIFY, ASK_OFFER_PERSON,
    SAY_NEXT_WISH, SAY_FAULT, ASK_CLARIFY_ONE,
)  # fmt: skip

CHOICES = {ASK_OFFER_PERSON: 3, ASK_CLARIFY: 2, ASK_CLARIFY_ONE: 2}
"""Responses by which the engine itself asks, and how many buttons each has."""

ANSWER_FAQ = "action_answer_faq"
LISTEN = "action_listen"

LINK_ACCOUNT_FLOW = "link_account"

HUMAN_AGENT = "human_agent"
STOP = "stop"
AFFIRM = "affirm"
DENY = "deny"
INFORM = "inform"
FAQ = "faq"
OUT_OF_SCOPE = "out_of_scope"
FALLBACK = "nlu_fallback"
ENGINE_INTENTS = (HUMAN_AGENT, STOP, AFFIRM, DENY, INFORM, FAQ, OUT_OF_SCOPE)

ANSWERING_INTENTS = frozenset({INFORM, AFFIRM, DENY, OUT_OF_SCOPE, FALLBACK})
"""Intents of a message that answers rather than wishes."""
