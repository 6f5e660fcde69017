"""A report as the operator reads it: Chinese, figures first."""

from collections.abc import Iterator, Mapping

from bot.nlu.report.figures import OutsideScore, SpanScore
from bot.nlu.report.measure import Group, Report

KINDS = {
    "homophone": "同音字",
    "wrong_word": "输入法选错词",
    "near_sound": "近音字",
    "dropped": "漏字",
    "pinyin": "夹拼音",
}
STYLES = {
    "plain": "平常话",
    "fact": "只说事实",
    "past": "讲过去的事",
    "rhetorical": "反问",
    "wish_left_out": "没说要办什么",
    "dialect": "方言",
    "typo": "错别字",
    "sms": "短信体",
    "spoken": "语音转写",
    "angry": "生气",
    "pinyin": "拼音",
    "mixed": "夹英文",
    "story": "长故事",
}


def as_text(report: Report) -> str:
    """The whole report, a section for each kind of figure that there is."""
    return "\n".join(_lines(report))


def _lines(report: Report) -> Iterator[str]:
    yield f"共 {report.cases} 句"
    yield f"意图准确率 {_share(report.accuracy)}，宏平均 F1 {_share(report.macro_f1)}"
    if report.topics is not None:
        yield f"常见问题选对主题 {_share(report.topics)}"
    if report.spans and report.overlapping:
        yield f"要素（边界全对）{_spans(report.spans)}"
        yield f"要素（类型对、位置有重合）{_spans(report.overlapping)}"
    if report.outside:
        yield from _outside(report.outside)
    yield f"听出第二件事 {_share(report.seconds)}（每句只有一件事的语句里，这就是听错的）"
    yield f"每句用时：中位数 {report.ms_median:.1f} 毫秒，99% 在 {report.ms_p99:.1f} 毫秒内"
    if report.noise:
        yield from ("", "加噪声后的意图准确率（每句改十分之一的字）")
        yield from (_noise(report, kind, share) for kind, share in report.noise.items())
    if report.styles:
        yield from ("", "按说法（从低到高）")
        yield from _groups(report.styles, STYLES)
    yield from ("", "按意图（从低到高）")
    yield from _groups(report.intents, {})
    if report.mistakes:
        yield from ("", "最常见的误解")
        yield from (f"  {a} → {b}：{times} 句" for a, b, times in report.mistakes)


def _outside(score: OutsideScore) -> Iterator[str]:
    yield (
        f"业务范围外：拦下 {_share(score.caught)}，误拒业务诉求 {_share(score.refused)}；"
        f"AUROC {score.auroc:.3f}，误拒不超过 {_share(score.limit)} 时可拦下 "
        f"{_share(score.caught_at_limit)}"
    )


def _noise(report: Report, kind: str, share: float) -> str:
    points = (share - report.accuracy) * 100
    return f"  {KINDS.get(kind, kind)}：{_share(share)}（{points:+.1f} 个百分点）"


def _groups(groups: Mapping[str, Group], names: Mapping[str, str]) -> Iterator[str]:
    for name, group in sorted(groups.items(), key=lambda item: (item[1].accuracy, item[0])):
        f1 = "" if group.f1 is None else f"，F1 {_share(group.f1)}"
        wrong = f"，多误为 {group.mistaken_for}" if group.mistaken_for else ""
        yield f"  {names.get(name, name)}：{_share(group.accuracy)}（{group.cases} 句{f1}{wrong}）"


def _spans(score: SpanScore) -> str:
    return (
        f"F1 {_share(score.f1)}（精确率 {_share(score.precision)}，召回率 {_share(score.recall)}）"
    )


def _share(share: float) -> str:
    return f"{share * 100:.1f}%"
