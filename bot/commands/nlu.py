"""`xiaoshui nlu parse` and `nlu report`: how texts are understood, one by one and in figures."""

import asyncio
import contextlib
import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.commands import nlu_learn

if TYPE_CHECKING:
    from bot.nlu.report.measure import Answer, Understander

PICTURE = "reports/confusion.png"  # in the data folder
KEYS = ("text", "intent", "confidence", "entities", "ms")

app = typer.Typer(help="看一句话被怎样理解。", no_args_is_help=True)
app.add_typer(nlu_learn.app, name="learn")


@app.callback()
def nlu() -> None:
    """看一句话被怎样理解。"""


@app.command()
def parse(
    as_json: Annotated[bool, typer.Option("--json", help="每句输出一行 JSON")] = False,
    now: Annotated[
        datetime | None, typer.Option(help="相对日期从何时算起,如 2026-11-24T10:00:00")
    ] = None,
) -> None:
    """逐行读标准输入,每行一句,说明意图和要素。"""
    from bot import training
    from bot.settings import load

    load()
    with contextlib.redirect_stdout(sys.stderr):  # standard output is for results alone
        model = training.ensure_model()
    asyncio.run(_parse_all(model, sys.stdin, now, as_json))


@app.command()
def report(
    place: Annotated[Path, typer.Argument(help="JSON 行文件、.tsv 文件,或装着它们的文件夹")],
    train: Annotated[
        Path | None, typer.Option(help="先用这些语句训练一个临时模型,再测(公开数据集用)")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
    noise: Annotated[bool, typer.Option(help="也测加了噪声的文本")] = True,
    picture: Annotated[Path | None, typer.Option(help="混淆图存到哪里(PNG)")] = None,
    now: Annotated[
        datetime | None, typer.Option(help="相对日期从何时算起,如 2026-11-24T10:00:00")
    ] = None,
) -> None:
    """在一组标注好的语句上测:意图、要素、业务范围外、噪声、用时。"""
    from bot.nlu.report import cases, chinese, measure
    from bot.nlu.report.picture import draw
    from bot.settings import load

    told = cases.read(place)
    picture = picture or load().data_dir / PICTURE
    understand = _trained_on(train) if train else _of_the_bot(now)
    found, answers = measure.measure(told, understand, with_noise=noise)
    draw([case.intent for case in told], [answer.intent for answer in answers], picture)
    if as_json:
        print(json.dumps({**asdict(found), "picture": str(picture)}, ensure_ascii=False))
    else:
        print(chinese.as_text(found))
        print(f"\n混淆图:{picture}(行是应有的意图,列是听成的意图)")


def _trained_on(place: Path) -> "Understander":
    from bot.nlu.report import cases
    from bot.nlu.report.own_training import TooFewIntents, trained_on

    try:
        understand, left_out = trained_on(cases.read(place))
    except TooFewIntents as error:
        raise cases.BadCases(f"{place} 里的意图太少,训练至少要 3 个意图、每个 2 句。") from error
    if left_out:
        print(f"有 {left_out} 句所属的意图只有这一句,没有用来训练。", file=sys.stderr)
    return understand


def _of_the_bot(now: datetime | None) -> "Understander":
    """The product's own model, trained first when it is missing."""
    from bot import rasa_adapter, training

    with contextlib.redirect_stdout(sys.stderr):  # standard output is for results alone
        model = training.ensure_model()
    rasa_adapter.install()
    from rasa.core.agent import Agent

    from bot.nlu.parse import parse as understand
    from bot.nlu.report.measure import answer_of

    agent = Agent.load(model)
    loop = asyncio.Runner()

    def answered(text: str) -> "Answer":
        return answer_of(loop.run(understand(agent, text, now)))

    return answered


async def _parse_all(
    model: Path, lines: Iterable[str], now: datetime | None, as_json: bool
) -> None:
    from bot import rasa_adapter

    rasa_adapter.install()
    from rasa.core.agent import Agent

    from bot.nlu.parse import parse as understand
    from bot.turn import harmless

    agent = Agent.load(model)
    for line in lines:
        text = line.rstrip("\r\n")
        found = {**await understand(agent, harmless(text), now), "text": text}
        print(_as_json(found) if as_json else _as_text(found), flush=True)


def _as_json(found: dict[str, Any]) -> str:
    return json.dumps({key: found[key] for key in KEYS}, ensure_ascii=False)


def _as_text(found: dict[str, Any]) -> str:
    entities = "、".join(f"{one['entity']}={one['value']}" for one in found["entities"])
    return f"{found['text']}\t{found['intent']}\t{found['confidence']:.2f}\t{entities or '—'}"
