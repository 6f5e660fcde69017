"""`xiaoshui nlu learn`: list unclear messages, learn those a person labelled, go back."""

import contextlib
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.settings import PROJECT, load

if TYPE_CHECKING:
    from bot.learning.grouping import Unclear
    from bot.learning.heard import Heard
    from bot.learning.trial import Figures

SHEET = "learning/to_label.csv"  # in the data folder
RECORD = "learning/last_lesson.json"
SURE = 0.6  # from this confidence on the flows act without asking (bot/flows/turn.py)
DAYS = 30
GUESSES = 3

app = typer.Typer(help="从真实对话里学:列出没听懂的话,人来标注,再训练。", no_args_is_help=True)


@app.command("list")
def list_unclear(
    days: Annotated[int, typer.Option(help="看最近多少天")] = DAYS,
    sheet: Annotated[Path | None, typer.Option(help="清单写到哪里(CSV)")] = None,
) -> None:
    """列出没听懂、没把握的话:去掉个人信息,相近的排在一起,等人在最后一列写意图。"""
    from bot import data_folder
    from bot.learning import heard
    from bot.learning import sheet as sheets
    from bot.learning.grouping import grouped

    settings = load()
    place = sheet or settings.data_dir / SHEET
    moment = datetime.now(UTC) - timedelta(days=days)
    said = heard.since(data_folder.database_url(settings), moment, _asked_again())
    groups = grouped(_unclear(said))
    sheets.write(place, groups)
    lines = sum(len(group.members) for group in groups)
    print(f"最近 {days} 天 {len(said)} 句话,{lines} 种说法没把握,分成 {len(groups)} 组:{place}")


@app.command()
def train(
    sheet: Annotated[Path | None, typer.Argument(help="标好的清单(CSV)")] = None,
    judged_by: Annotated[Path, typer.Option(help="用哪些语句比较新旧模型")] = PROJECT
    / "tests/dialogue/held_out",
) -> None:
    """学习标好的话,训练,和现在的模型比;不比现在差才换,否则一切照旧。"""
    from bot import training
    from bot.learning import lessons, trial
    from bot.learning import sheet as sheets
    from bot.nlu.report import cases

    data = load().data_dir
    labelled = sheets.read(sheet or data / SHEET, _known())
    judges = cases.read(judged_by)
    with contextlib.redirect_stdout(sys.stderr):
        running = training.ensure_model()
        before = lessons.add(PROJECT, labelled)
        try:
            taken, old, new = trial.better_kept(
                training.ensure_model, lambda model: trial.examine(model, judges), running
            )
        except BaseException:
            lessons.restore(PROJECT, before)
            raise
    if taken:
        lessons.remember(data / RECORD, before)
    else:
        lessons.restore(PROJECT, before)
    print(_compared(old, new))
    print(
        "已换成新模型,重启会话进程后生效;要撤回:xiaoshui nlu learn back"
        if taken
        else "新模型有一项变差,没有换;标注还在清单里,请核对后再试。"
    )
    if not taken:
        raise typer.Exit(1)


@app.command()
def back() -> None:
    """撤回上一次学习,回到之前的模型。"""
    from bot import training
    from bot.learning import lessons

    lessons.take_back(PROJECT, load().data_dir / RECORD)
    with contextlib.redirect_stdout(sys.stderr):
        model = training.ensure_model()
    print(f"已回到之前的模型 {model.name},重启会话进程后生效。")


def _unclear(said: "list[Heard]") -> "list[Unclear]":
    """Each unclear text once, anonymous, with how often it was said."""
    from bot.learning.anonymous import anonymous
    from bot.learning.grouping import Unclear

    times: Counter[str] = Counter()
    guesses: dict[str, tuple[str, ...]] = {}
    for one, parsed in _parsed(said):
        if not one.misunderstood and parsed["confidence"] >= SURE:
            continue
        text = anonymous(one.text, parsed["entities"])
        times[text] += 1
        guesses[text] = tuple(each["name"] for each in parsed["intent_ranking"][:GUESSES])
    return [Unclear(text, count, guesses[text]) for text, count in times.items()]


def _parsed(said: "list[Heard]") -> "list[tuple[Heard, dict[str, Any]]]":
    import asyncio

    from bot import rasa_adapter, training

    with contextlib.redirect_stdout(sys.stderr):
        model = training.ensure_model()
    rasa_adapter.install()
    from rasa.core.agent import Agent

    from bot.nlu.parse import parse
    from bot.turn import harmless

    agent = Agent.load(model)

    async def every() -> "list[tuple[Heard, dict[str, Any]]]":
        return [(one, await parse(agent, harmless(one.text))) for one in said]

    return asyncio.run(every())


def _asked_again() -> list[str]:
    """The words by which the bot says that it did not understand."""
    from bot.learning.heard import NOT_UNDERSTOOD

    responses = _domain()["responses"]
    return [variant["text"] for name in NOT_UNDERSTOOD for variant in responses[name]]


def _known() -> set[str]:
    """Intents, and ``faq/TOPIC`` for each topic that has an answer."""
    import yaml

    answers = PROJECT / "nlu_data/service/faq_answers.yml"
    written = yaml.safe_load(answers.read_text(encoding="utf-8"))["responses"]
    topics = {name.removeprefix("utter_") for name in written if name.startswith("utter_faq/")}
    intents = {next(iter(one)) if isinstance(one, dict) else one for one in _domain()["intents"]}
    return (intents - {"faq"}) | topics


def _domain() -> dict[str, Any]:
    import yaml

    return yaml.safe_load((PROJECT / "domain.yml").read_text(encoding="utf-8"))


def _compared(old: "Figures", new: "Figures") -> str:
    names = ("意图准确率", "要素 F1", "业务范围外拦下", "业务诉求没有误拒")
    pairs = zip(names, vars(old).values(), vars(new).values(), strict=True)
    return "\n".join(f"{name}:现在 {a * 100:.1f}%,新的 {b * 100:.1f}%" for name, a, b in pairs)
