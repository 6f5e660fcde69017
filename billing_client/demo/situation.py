"""The situation a customer is in, as the KEY=VALUE words of ``xiaoshui demo make``.

``KEYS`` is the one list of keys: what each means, what it allows. ``parse`` checks values
and how they go together, and says in Chinese what is wrong.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

CLASSES = ("RESIDENT", "SHARED", "INSTITUTION", "NON_RESIDENT", "SPECIAL")
ORDER_KINDS = ("leak", "no_water", "low_pressure", "water_quality", "meter_fault")
MOST_PREPAID_FEN = 1_000_000
MOST_OVERDUE = 12


class BadSituation(ValueError):
    """A situation that cannot be; the message is one Chinese sentence for the operator."""


@dataclass(frozen=True)
class Situation:
    """One customer's situation. Money in fen, volumes in m³, ``code_age`` in minutes."""

    name: str | None = None
    bound: bool = True
    accounts: int = 1
    customer_class: str = "RESIDENT"
    persons: int = 3
    low_income: bool = False
    tier: int | None = None
    year_used: int | None = None
    unpaid: int = 0
    overdue: int = 0
    invoiced: bool = False
    estimated: bool = False
    prepaid_fen: int = 0
    autopay: str = "none"
    supply: str = "on"
    instalment: str = "none"
    payment: str = "none"
    meter: str = "smart"
    pattern: str = "normal"
    order: str = "none"
    outage: str = "none"
    staff: str | None = None
    code_age: int | None = None


@dataclass(frozen=True)
class Key:
    """One KEY: its field in ``Situation``, what it means, which values it takes."""

    field: str
    meaning: str
    allowed: str
    read: Callable[[str], object]


def _choice(*values: str) -> tuple[str, Callable[[str], object]]:
    def read(text: str) -> str:
        if text not in values:
            raise ValueError(text)
        return text

    return "、".join(values), read


def _yes_no() -> tuple[str, Callable[[str], object]]:
    return "yes、no", lambda text: {"yes": True, "no": False}[text]


def _number(least: int, most: int) -> tuple[str, Callable[[str], object]]:
    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit()) or not least <= int(text) <= most:
            raise ValueError(text)
        return int(text)

    return f"{least} 到 {most} 的整数", read


def _yuan(text: str) -> int:
    exact = Decimal(text) * 100
    if not exact.is_finite() or exact != exact.to_integral_value():
        raise ValueError(text)
    if not 0 <= exact <= MOST_PREPAID_FEN:
        raise ValueError(text)
    return int(exact)


def _name(text: str) -> str:
    sound = text.isascii() and text.replace("-", "").isalnum() and text == text.lower()
    if not sound or not 1 <= len(text) <= 40:
        raise ValueError(text)
    return text


def _code_age(text: str) -> int | None:
    return None if text == "none" else int(str(_number(0, 1440)[1](text)))


KEYS: Mapping[str, Key] = {
    "name": Key("name", "名字,chat --as 用", "小写字母、数字和 -,最多 40 个字符", _name),
    "bound": Key("bound", "渠道身份是否已绑定户号", *_yes_no()),
    "accounts": Key("accounts", "这位客户有几个户号(都绑定)", *_number(1, 5)),
    "class": Key("customer_class", "用水性质", *_choice(*CLASSES)),
    "persons": Key("persons", "登记的人口", *_number(1, 12)),
    "low_income": Key("low_income", "是否登记低保", *_yes_no()),
    "tier": Key("tier", "最近一期账单所在阶梯年用到第几阶", *_number(1, 3)),
    "year_used": Key("year_used", "该阶梯年已用多少立方米", *_number(1, 5000)),
    "unpaid": Key("unpaid", "最新一期未交(未到期)的账单数", *_number(0, 1)),
    "overdue": Key("overdue", "逾期未交的账单数,违约金按天计", *_number(0, MOST_OVERDUE)),
    "invoiced": Key("invoiced", "最近已交的账单是否已开票", *_yes_no()),
    "estimated": Key("estimated", "最新一期是否估抄", *_yes_no()),
    "prepaid": Key("prepaid_fen", "预存余额(元)", "0 到 10000 的金额,最多两位小数", _yuan),
    "autopay": Key(
        *(
            "autopay",
            "自动扣款:none 未开通、pending 待签约、active 正常、failed 上次余额不足、ended 已解约",
        ),
        *_choice("none", "pending", "active", "failed", "ended"),
    ),
    "supply": Key("supply", "供水状态", *_choice("on", "cut", "paused", "closed")),
    "instalment": Key("instalment", "分期计划", *_choice("none", "active", "broken", "done")),
    "payment": Key(
        *("payment", "付款:pending 有待付订单、doubled 同一账单付了两次、failed 上次付款失败"),
        *_choice("none", "pending", "doubled", "failed"),
    ),
    "meter": Key("meter", "水表", *_choice("smart", "mechanical")),
    "pattern": Key(
        *("pattern", "用水:night_flow 夜间一直有流量、step_up 近三个月翻倍、replaced 换过表"),
        *_choice("normal", "night_flow", "step_up", "replaced"),
    ),
    "order": Key("order", "未完成的报修工单", *_choice("none", *ORDER_KINDS)),
    "outage": Key("outage", "今天的停水通知", *_choice("none", "here", "elsewhere")),
    "staff": Key("staff", "坐席是否在岗(全市)", *_choice("on", "off")),
    "code_age": Key("code_age", "几分钟前验证过验证码", "none 或 0 到 1440 的整数", _code_age),
}


def parse(words: Iterable[str]) -> Situation:
    """The situation that KEY=VALUE words describe. Raises BadSituation."""
    values: dict[str, object] = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not equals or name not in KEYS:
            raise BadSituation(f"「{word}」不认识,请写成 KEY=VALUE,KEY 可用:{'、'.join(KEYS)}。")
        key = KEYS[name]
        if key.field in values:
            raise BadSituation(f"{name} 写了两次,请只写一次。")
        try:
            values[key.field] = key.read(text)
        except (ValueError, KeyError, InvalidOperation):
            raise BadSituation(f"{name} 的值应为 {key.allowed},现在是「{text}」。") from None
    situation = Situation(**values)  # pyright: ignore[reportArgumentType]
    check(situation)
    return situation


def check(it: Situation) -> None:
    """Refuse what cannot be together. Raises BadSituation."""
    owes = it.unpaid + it.overdue > 0
    refusals = (
        (not it.bound and it.accounts > 1, "bound=no 时 accounts 只能是 1。"),
        (not it.bound and it.code_age is not None, "bound=no 时不能有 code_age。"),
        (it.customer_class != "RESIDENT" and it.tier is not None, "只有 class=RESIDENT 分阶梯。"),
        (it.customer_class != "RESIDENT" and it.low_income, "low_income 只用于 class=RESIDENT。"),
        (owes and it.prepaid_fen > 0, "有未交账单时预存会先抵账单,prepaid 应为 0。"),
        (owes and it.payment == "doubled", "payment=doubled 要求 unpaid=0 overdue=0。"),
        (
            it.payment in ("pending", "failed") and (it.unpaid, it.overdue) != (1, 0),
            "payment=pending 或 failed 要求 unpaid=1 overdue=0。",
        ),
        (
            it.autopay == "failed" and (it.unpaid, it.overdue) != (1, 0),
            "autopay=failed 要求 unpaid=1 overdue=0。",
        ),
        (
            it.overdue == 0 and it.instalment in ("active", "broken"),
            "instalment=active 或 broken 要求 overdue 至少为 1。",
        ),
        (it.overdue > 0 and it.instalment == "done", "instalment=done 要求 overdue=0。"),
        (
            it.meter == "mechanical" and it.pattern == "night_flow",
            "pattern=night_flow 要求 meter=smart。",
        ),
    )
    for wrong, sentence in refusals:
        if wrong:
            raise BadSituation(sentence)
