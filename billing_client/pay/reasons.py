"""Why a payment failed, in one set of words for all providers; the bot has a sentence for each."""

NOT_ENOUGH = "NOTENOUGH"
CONTRACT_ENDED = "CONTRACT_ENDED"
LIMIT = "LIMIT"

# WeChat Pay: chapter3_4_3 (spellings differ between pages); Alipay: alipay.trade.pay.
REASONS = {
    "NOTENOUGH": NOT_ENOUGH,
    "NOT_ENOUGH": NOT_ENOUGH,
    "ACQ.BUYER_BALANCE_NOT_ENOUGH": NOT_ENOUGH,
    "ACQ.BUYER_BANKCARD_BALANCE_NOT_ENOUGH": NOT_ENOUGH,
    "CONTRACT_NOT_EXIST": CONTRACT_ENDED,
    "CONTRACT_EXPIRED": CONTRACT_ENDED,
    "ACQ.AGREEMENT_NOT_EXIST": CONTRACT_ENDED,
    "ACQ.AGREEMENT_INVALID": CONTRACT_ENDED,
    "RULE_LIMIT": LIMIT,
    "RULELIMIT": LIMIT,
    "ACQ.BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR": LIMIT,
    "ACQ.BUYER_PAYMENT_AMOUNT_MONTH_LIMIT_ERROR": LIMIT,
}


def reason(code: str) -> str:
    """The common word, or the provider's own where there is none."""
    return REASONS.get(code, code)
