"""What the business office is told when billing refuses a step: one sentence, with the way out."""

from collections.abc import Iterator
from contextlib import contextmanager

from billing_client.domain.account import ChangeRefused, Refusal
from billing_client.domain.service_order import TransitionRefused
from billing_client.errors import NoSuchOrder
from billing_client.services.final_bills import FinalReadingRefused
from billing_client.services.meters import MeterRefused
from billing_client.services.order_effects import DecisionIncomplete
from bot.commands.billing_session import CommandRefused

FEN_PER_YUAN = 100

TRANSITIONS = {
    "ended": "这张工单已经结束。",
    "only_requests_wait": "报修工单不等材料。",
    "only_requests_are_decided": "只有申请才审批,报修和投诉请用 finish 办结。",
    "needs_a_decision": "这类申请要审批,请用 approve 或 reject。",
}
CHANGES = {
    Refusal.SAME: "户号已经是这个状态。",
    Refusal.CLOSED: "户号已销户,不能再改,需要用水请重新开户。",
    Refusal.NOT_NEXT: "户号现在的状态不能这样改。",
    Refusal.OWES: "还欠 {yuan} 元,缴清后再办。",
    Refusal.PREPAID_LEFT: "还有预存 {yuan} 元,退还后再办。",
    Refusal.NOT_SETTLED: "近 7 天没有结清,请先用 billing account settle 抄最后一次表并出账。",
    Refusal.AUTOPAY_RUNS: "自动扣款还开着,请先解约。",
    Refusal.INSTALMENT_RUNS: "分期还没还完,不能办。",
    Refusal.PAUSE_TOO_LONG: "报停最长一年。",
    Refusal.IN_THE_PAST: "日期要晚于今天。",
}
READINGS = {
    "lower": "比上次读数小",
    "impossible": "超过水表能通过的最大水量",
    "too_many_digits": "超过水表的位数",
    "taken": "表号已经在用",
    "not_fitted": "户号下没有这块在用的表",
    "too_old": "今天已按别的读数出账",
}


@contextmanager
def told_in_words() -> Iterator[None]:
    """Refusals inside become ``CommandRefused`` with a sentence."""
    try:
        yield
    except NoSuchOrder as error:
        raise CommandRefused(f"没有工单 {error.facts['ticket_no']}。") from None
    except TransitionRefused as error:
        words = TRANSITIONS.get(error.reason, "这张工单现在不能这样处理。")
        raise CommandRefused(words) from None
    except DecisionIncomplete as error:
        raise CommandRefused(str(error)) from None
    except ChangeRefused as error:
        yuan = f"{error.fen // FEN_PER_YUAN}.{error.fen % FEN_PER_YUAN:02d}"
        raise CommandRefused(CHANGES[error.refusal].format(yuan=yuan)) from None
    except FinalReadingRefused as error:
        reason = READINGS.get(str(error.reason), "没有写最后读数")
        raise CommandRefused(f"水表 {error.meter_no}:{reason}。") from None
    except MeterRefused as error:
        raise CommandRefused(
            f"水表 {error.meter_no}:{READINGS.get(error.reason, error.reason)}。"
        ) from None
