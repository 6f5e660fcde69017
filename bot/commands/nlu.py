"""`xiaoshui nlu parse`: how a text is understood, for checks and measurements."""

import asyncio
import contextlib
import json
import sys
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

KEYS = ("text", "intent", "confidence", "entities", "ms")

app = typer.Typer(help="看一句话被怎样理解。", no_args_is_help=True)


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
