"""The named customers of the demo city: who they are is said by a situation, nothing else."""

from dataclasses import dataclass

from billing_client.demo.situation import Situation


@dataclass(frozen=True)
class Person:
    """``special`` and ``say`` are for the operator: what is particular, what to try."""

    special: str
    say: str
    situation: Situation


PEOPLE: dict[str, Person] = {
    "bound-unpaid": Person("最新一期账单未交", "查水费,然后交水费", Situation(unpaid=1)),
    "bound-paid": Person("账单已交清", "我交费了吗", Situation()),
    "arrears": Person("三期账单逾期,有违约金", "我欠多少钱", Situation(overdue=3)),
    "autopay-active": Person(
        "自动扣款正常,上次扣款成功", "自动扣款还在吗", Situation(autopay="active")
    ),
    "autopay-failed": Person(
        "上次自动扣款余额不足", "为什么没扣款", Situation(autopay="failed", unpaid=1)
    ),
    "prepaid": Person("预存余额 128.50 元", "我还有多少余额", Situation(prepaid_fen=12_850)),
    "unbound": Person("有户号,还没绑定", "绑定户号", Situation(bound=False, unpaid=1)),
    "two-accounts": Person("一人两个户号", "查水费", Situation(accounts=2, unpaid=1)),
    "household-six": Person(
        "家里六口人,登记三人,还没申请一户多人口",
        "家里六口人能便宜吗",
        Situation(persons=3, tier=2, unpaid=1),
    ),
    "low-income": Person("低保户", "低保户有优惠吗", Situation(low_income=True, unpaid=1)),
    "supply-cut": Person(
        "欠费四期,已停供", "怎么恢复供水", Situation(supply="cut", overdue=4, unpaid=1)
    ),
    "night-leak": Person(
        "夜里水表一直在走", "这个月水费怎么这么高", Situation(pattern="night_flow", unpaid=1)
    ),
    "tier-two": Person("已用到第二阶梯", "我用到第几阶梯了", Situation(tier=2, unpaid=1)),
    "shop": Person(
        "小店,非居民水价", "我家水价多少", Situation(customer_class="NON_RESIDENT", unpaid=1)
    ),
    "carwash": Person(
        "洗车店,特种行业水价", "水费怎么算的", Situation(customer_class="SPECIAL", unpaid=1)
    ),
    "outage-area": Person("所在小区今天停水", "今天停水吗", Situation(outage="here")),
    "double-paid": Person("同一期账单付了两次", "我付了两次能退吗", Situation(payment="doubled")),
    "instalment": Person(
        "三期逾期,正在分期", "我的分期还剩多少", Situation(overdue=3, instalment="active")
    ),
    "invoiced": Person("最近一期已开票", "我的发票", Situation(invoiced=True)),
    "mechanical-meter": Person(
        "机械表,最新一期估抄", "我要自报读数", Situation(meter="mechanical", estimated=True)
    ),
}
