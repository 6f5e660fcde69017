"""English words and short codes of the trade, read as the Chinese that customers mean by them.

「帮我check下这个月的bill」 carries its wish in two English words that no Chinese example
teaches. Only whole words are read, and none that is a syllable of pinyin by itself.
Codes (CX, JF) are what utilities print on their text messages; they count when they are
the whole message.
"""

import re

_WORDS = {
    "account": "户号", "acc": "户号", "agent": "人工客服", "alipay": "支付宝", "apply": "申请",
    "app": "网上", "autopay": "自动扣款", "auto-pay": "自动扣款", "balance": "余额",
    "bill": "账单", "bills": "账单", "bind": "绑定", "bot": "机器人", "broken": "坏了",
    "burst": "爆管", "bye": "再见", "byebye": "再见", "cancel": "取消", "change": "修改",
    "charge": "收费", "check": "查", "close": "销户", "complain": "投诉", "complaint": "投诉",
    "confirm": "确认", "contact": "联系方式", "cut": "停", "deduct": "扣款",
    "discount": "优惠", "dirty": "发黄", "email": "邮箱", "e-bill": "电子账单",
    "fee": "费用", "fees": "费用", "forecast": "预估", "goodbye": "再见", "hello": "你好",
    "help": "帮助", "hey": "你好", "hi": "你好", "household": "家庭", "how much": "多少钱",
    "human": "人工", "instalment": "分期", "installment": "分期", "invoice": "发票",
    "leak": "漏水", "leaking": "漏水", "leaks": "漏水", "link": "绑定", "manual": "人工",
    "menu": "菜单", "meter": "水表", "money": "钱", "month": "月", "no": "不", "no water": "没水",
    "notice": "通知", "ok": "好的", "okay": "好的", "open": "开通", "order": "工单",
    "outage": "停水", "over": "超过", "owner": "户主", "pay": "交费", "payment": "缴费",
    "phone": "电话", "pipe": "水管", "please": "请", "pls": "请", "plz": "请", "pressure": "水压",
    "price": "价格", "problem": "问题", "quality": "水质", "reading": "读数", "receipt": "收据",
    "refund": "退款", "reminder": "提醒", "repair": "维修", "report": "报修", "robot": "机器人",
    "save": "节约", "service": "服务", "shower": "洗澡", "smell": "气味", "sorry": "对不起",
    "staff": "工作人员", "status": "进度", "stop": "停止", "tap": "水龙头", "tariff": "水价",
    "tel": "电话", "test": "检测", "thank you": "谢谢", "thanks": "谢谢", "thank": "谢谢",
    "thx": "谢谢", "ticket": "工单", "tier": "阶梯", "today": "今天", "toilet": "马桶",
    "tomorrow": "明天", "ton": "吨", "tons": "吨", "unbind": "解绑", "unlink": "解绑",
    "unsubscribe": "退订", "update": "修改", "usage": "用水量", "vip": "会员", "water": "水",
    "wechat": "微信", "weixin": "微信", "yes": "是", "yep": "是", "yeah": "是", "nope": "不是",
    "my": "我的", "i want": "我要", "what": "什么", "when": "什么时候", "where": "哪里",
    "why": "为什么", "who are you": "你是谁", "are you": "你是",
}  # fmt: skip
_CODES = {
    "cx": "查水费", "zd": "查账单", "jf": "交水费", "ye": "查余额", "bx": "报修",
    "ts": "查停水通知", "td": "退订短信提醒", "rg": "转人工", "fp": "开发票", "bz": "帮助",
    "cxsf": "查水费", "jsf": "交水费", "sf": "查水费", "yy": "查营业厅", "sj": "水价多少",
    "jd": "查工单进度", "zdkk": "开通自动扣款", "bd": "绑定户号", "jb": "解绑户号",
}  # fmt: skip

_WHOLE_WORDS = re.compile(
    rf"(?i)(?<![a-z])(?:{'|'.join(sorted(map(re.escape, _WORDS), key=len, reverse=True))})(?![a-z])"
)
_BARE = re.compile(r"[^a-z]+")


def in_chinese(text: str) -> str:
    """``text`` (normalised) with the trade's English words in Chinese."""
    code = _CODES.get(_BARE.sub("", text.lower()))
    if code and text.isascii():
        return code
    return _WHOLE_WORDS.sub(lambda word: _WORDS[word.group().lower()], text)
