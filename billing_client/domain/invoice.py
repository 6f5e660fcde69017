"""E-invoices (数电发票): their states, the red letter that reverses one, and when it may."""

from enum import StrEnum


class InvoiceState(StrEnum):
    REQUESTED = "REQUESTED"  # written down, the tax platform may not know of it
    CONFIRMING = "CONFIRMING"  # a red letter whose 确认单 waits for the buyer
    ISSUING = "ISSUING"  # the platform has it
    LOGIN_REQUIRED = "LOGIN_REQUIRED"  # stands still until the clerk has logged in there
    ISSUED = "ISSUED"
    FAILED = "FAILED"
    VOID = "VOID"  # a red letter that the buyer declined, or did not confirm in 72 hours


class Kind(StrEnum):
    BLUE = "blue"
    RED = "red"  # takes a blue one back in full


WAITING = frozenset(
    {
        InvoiceState.REQUESTED,
        InvoiceState.CONFIRMING,
        InvoiceState.ISSUING,
        InvoiceState.LOGIN_REQUIRED,
    }
)
"""The platform is still to be asked."""

_ON_THE_WAY = frozenset(InvoiceState) - {InvoiceState.REQUESTED}
FOLLOWS: dict[InvoiceState, frozenset[InvoiceState]] = {
    InvoiceState.REQUESTED: _ON_THE_WAY,
    InvoiceState.CONFIRMING: _ON_THE_WAY - {InvoiceState.CONFIRMING},
    InvoiceState.ISSUING: _ON_THE_WAY - {InvoiceState.ISSUING},
    InvoiceState.LOGIN_REQUIRED: _ON_THE_WAY - {InvoiceState.LOGIN_REQUIRED},
    InvoiceState.ISSUED: frozenset(),
    InvoiceState.FAILED: frozenset(),
    InvoiceState.VOID: frozenset(),
}


def may_follow(state: InvoiceState, following: InvoiceState, kind: Kind) -> bool:
    """Only a red letter is confirmed by the buyer, or void."""
    if kind is Kind.BLUE and following in (InvoiceState.CONFIRMING, InvoiceState.VOID):
        return False
    return following in FOLLOWS[state]


class RedReason(StrEnum):
    """Why an invoice is taken back, in the platform's code (数电 红字发票信息确认单)."""

    WRONG = "01"  # 开票有误
    RETURNED = "02"  # 销货退回
    STOPPED = "03"  # 服务中止
    ALLOWANCE = "04"  # 销售折让


def state_of_confirmation(code: str) -> InvoiceState:
    """What a 红字发票信息确认单 in this state means for its red letter.

    01 no confirmation needed, 02 and 03 one side waits for the other, 04 both confirmed,
    05 to 09 void (declined, 72 hours over, withdrawn), 10 being applied for. Raises
    ValueError for another code.
    """
    if code in ("01", "04"):
        return InvoiceState.ISSUING
    if code in ("02", "03", "10"):
        return InvoiceState.CONFIRMING
    if code in ("05", "06", "07", "08", "09"):
        return InvoiceState.VOID
    raise ValueError(f"unknown state {code!r} of a confirmation")
