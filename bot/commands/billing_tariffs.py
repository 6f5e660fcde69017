"""``xiaoshui billing check-tariff FILE``: is a tariff's file in order?"""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.commands.billing_session import CommandRefused

TariffFile = Annotated[Path, typer.Argument(metavar="FILE", help="水价文件(JSON)")]


def add_to(app: typer.Typer) -> None:
    app.command("check-tariff", help="检查水价文件:格式、阶梯、算例,逐条说明错处")(check_tariff)


def check_tariff(file: TariffFile) -> None:
    from billing_client.domain.tariff_check import faults, hints

    data = read(file)
    found = faults(data)
    for text in found:
        print(f"错误:{text}")
    if found:
        sys.exit(1)
    for text in hints(data):
        print(f"提醒:{text}")
    examples = len(data.get("examples", ()))
    print(f"{data['tariff_id']}({data['city']})可以使用,{examples} 个算例全部算对。")


def read(file: Path) -> Any:
    """The JSON of a file, or one sentence that says why not."""
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise CommandRefused(f"打不开文件 {file}:{error.strerror}。") from None
    except json.JSONDecodeError as error:
        raise CommandRefused(
            f"{file} 第 {error.lineno} 行第 {error.colno} 列不是正确的 JSON,请检查逗号和引号。"
        ) from None
    except UnicodeDecodeError:
        raise CommandRefused(f"{file} 不是 UTF-8 编码,请另存为 UTF-8。") from None
