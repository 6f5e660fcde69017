"""A small water utility of flows, and a conversation that runs them without Rasa."""

from dataclasses import dataclass, field
from typing import Any

from bot.flows.loader import load_sources
from bot.flows.message import Button, Entity, Message, Wish
from bot.flows.runner import Runner
from bot.flows.turn import Settings

FLOWS = """
flow: pay_bill
title: 缴水费
starts_with: [pay_bill]
first_fills: [account_no, amount]
level: bound
steps:
  - collect: account_no
    from: [account_no]
  - collect: amount
    from: [amount]
    check: action_check_amount
  - confirm: pay_confirmed
    no: {end: utter_pay_left}
  - action: action_pay
persist: [account_no]
follow_up: utter_offer_more
---
flow: check_bill
title: 查账单
starts_with: [check_bill]
digression: true
first_fills: [bill_period]
steps:
  - action: action_show_bill
offer: {if: slots.owes, ask: utter_offer_pay, yes: pay_bill}
---
flow: report_leak
title: 报修漏水
starts_with: [report_leak]
first_fills: [place]
steps:
  - collect: place
    from: [address]
    text: true
  - collect: inside
    options: [{title: 屋里, value: inside}, {title: 屋外, value: outside}]
    words: {inside: [厨房], outside: [路上]}
  - collect: phone
    ask: action_ask_phone
    from: [phone]
    intents: {affirm: on_file, deny: none}
  - action: action_open_report
---
flow: report_no_water
title: 报修停水
starts_with: [report_no_water]
first_fills: [place]
steps:
  - collect: place
    from: [address]
  - action: action_open_report
---
flow: link_account
title: 验证户号
first_fills: [account_no]
steps:
  - collect: account_no
    from: [account_no]
  - collect: code
    text: true
    check: action_confirm_code
---
flow: human_agent
title: 转人工
starts_with: [human_agent]
steps: [{action: action_hand_over}]
---
flow: greet
title: 问好
starts_with: [greet]
digression: true
steps: [{respond: utter_greet}]
---
flow: out_of_scope
title: 别的事
starts_with: [out_of_scope]
digression: true
steps: [{respond: utter_out_of_scope}]
"""

RESPONSES = frozenset({"utter_invalid_amount", "utter_example_amount", "utter_help_code"})


@dataclass
class Conversation:
    """Speaks with the flows; `effects` are what a custom action does to the slots."""

    slots: dict[str, Any] = field(default_factory=lambda: {"identity_level": 1})
    effects: dict[str, dict[str, Any]] = field(default_factory=dict)
    buttons: tuple[Button, ...] = ()
    settings: Settings = field(default_factory=lambda: Settings(max_actions=28))
    flows: str = FLOWS
    turns: int = 0

    def __post_init__(self) -> None:
        self.runner = Runner(load_sources({"flows.yml": self.flows}), RESPONSES, self.settings)

    def say(
        self, text: str, intent: str = "inform", sure: float = 0.95, **details: Any
    ) -> list[str]:
        """The actions that follow a message, up to and without action_listen."""
        entities = tuple(
            Entity(name, value, 0, len(text)) for name, value in details.items() if name != "_"
        )
        return self.hear(Message("", text, intent, sure, entities=entities, buttons=self.buttons))

    def hear(self, message: Message) -> list[str]:
        """The same for a message made by hand; its id is given here."""
        self.turns += 1
        values = {name: getattr(message, name) for name in message.__dataclass_fields__}
        message = Message(**{**values, "id": str(self.turns)})
        actions: list[str] = []
        while True:
            decision = self.runner.decide(self.slots, message)
            self.slots |= decision.slots
            if decision.action == "action_listen":
                return actions
            actions.append(decision.action)
            assert len(actions) < 40, actions
            self.slots |= self.effects.get(decision.action, {})

    @property
    def running(self) -> list[str]:
        """The flows on the stack, from bottom to top."""
        return [frame["flow"] for frame in self.slots["flow_stack"].get("frames", [])]


__all__ = ["FLOWS", "RESPONSES", "Button", "Conversation", "Entity", "Message", "Wish"]
