"""The invented city 清源: its streets, estates, people and phones. None of it exists."""

from dataclasses import dataclass
from random import Random

UTILITY = "清源市自来水公司"

# The named customers live where no outage is announced, unless their situation says so.
QUIET_AREA = "和平里"
OUTAGE_AREA = "清河湾"
OTHER_OUTAGE_AREA = "望泉新村"
ESTATES = (
    "阳光花园",
    "锦绣家园",
    "翠湖苑",
    "滨河新村",
    "学府花园",
    "桃园小区",
    "中山里",
    "金桂苑",
    "清泉雅居",
    "城关小区",
)
STREETS = ("人民路", "中山北路", "建设街", "滨河路", "学府路", "迎宾大道", "泉水巷", "东风路")

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = (
    *("明远", "秀兰", "建国", "淑芬", "海涛", "雅琴", "志强", "丽华", "晓东", "玉梅"),
    *("子轩", "思雨", "立新", "桂香", "俊杰", "梦瑶", "文博", "春燕", "国庆", "静怡"),
    *("伟", "敏", "磊", "娟", "超", "霞", "勇", "艳", "鹏", "琳"),
)
FIRMS = {
    "SHARED": ("集体宿舍", "职工公寓", "合租公寓"),
    "INSTITUTION": ("第二小学", "幼儿园", "敬老院", "社区服务中心"),
    "NON_RESIDENT": ("小吃店", "便利店", "理发店", "五金商行", "广告有限公司"),
    "SPECIAL": ("汽车美容店", "洗浴中心", "高尔夫练习场"),
}
FIRM_NAMES = ("青禾", "福满", "清泉", "顺达", "晨光", "泰和", "汇丰源", "小城")


@dataclass(frozen=True)
class Home:
    """Where and whose a meter is. ``area`` is the estate or street that an outage would name."""

    owner_name: str
    phone: str
    address: str
    area: str


def home(random: Random, customer_class: str, number: int, area: str | None = None) -> Home:
    """An invented owner and place. ``number`` below a million makes the phone its own."""
    place = area or random.choice(STREETS if customer_class in FIRMS else ESTATES)
    if place in STREETS:
        address = f"{place}{random.randint(1, 299)}号"
    else:
        building, unit, floor = (random.randint(1, most) for most in (18, 3, 6))
        address = f"{place}{building}栋{unit}单元{floor}0{random.randint(1, 2)}"
    return Home(_owner(random, customer_class), invented_phone(random, number), address, place)


def invented_phone(random: Random, number: int) -> str:
    """138 or 139, then 00 and a running number: eleven digits that were never asked of anyone."""
    return f"{random.choice(('138', '139'))}00{number:06d}"


def _owner(random: Random, customer_class: str) -> str:
    if customer_class in FIRMS:
        return f"清源市{random.choice(FIRM_NAMES)}{random.choice(FIRMS[customer_class])}"
    return random.choice(SURNAMES) + random.choice(GIVEN)
