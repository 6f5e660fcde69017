"""What an API key may be good for."""

from collections.abc import Iterable, Mapping

SCOPES: Mapping[str, str] = {
    "public:read": "水价、停水、值班和业务时间",
    "identity": "识别用户、发验证码、绑定和解绑",
    "accounts:read": "用户的提醒设置",
    "accounts:write": "改提醒设置和手机号",
    "bills:read": "用户的账单、欠费、余额和账单说明",
    "usage:read": "用户的用水量、阶梯、预测和漏水分析",
    "readings:write": "用户自报读数",
    "payments:read": "用户的缴费、支付订单、代扣和分期",
    "payments:write": "开支付订单、签约和解约代扣、分期",
    "invoices:read": "用户的发票",
    "invoices:write": "申请发票、换开发票",
    "orders:read": "用户的工单和进度",
    "orders:write": "报修、申请、催办、补材料、撤销",
    "notices": "领取要推送给用户的通知",
    "desk": "坐席代用户查询(请求写明坐席姓名)",
    "office:read": "全部户号、账单和缴费的清单",
    "exports:read": "导出账单、缴费、总账和用水量",
}
# What a bot with its desk needs, in one word for the command line.
BUNDLES: Mapping[str, frozenset[str]] = {
    "bot": frozenset(SCOPES) - {"office:read", "exports:read"},
    "office": frozenset({"public:read", "office:read", "exports:read"}),
}


class UnknownScope(ValueError):
    """The message is the word that is no scope."""


def expanded(words: Iterable[str]) -> tuple[str, ...]:
    """Scopes and bundles as scopes, sorted. Raises UnknownScope."""
    scopes: set[str] = set()
    for word in words:
        if word not in SCOPES and word not in BUNDLES:
            raise UnknownScope(word)
        scopes |= BUNDLES.get(word, {word})
    return tuple(sorted(scopes))
