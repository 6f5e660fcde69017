"""``xiaoshui billing check-tariff|load-tariff|try-tariff FILE``: from a file to a version."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.commands.billing_session import CommandRefused, actor, in_transaction

TariffFile = Annotated[Path, typer.Argument(metavar="FILE", help="水价文件(JSON)")]


def add_to(app: typer.Typer) -> None:
    app.command("check-tariff", help="检查水价文件:格式、阶梯、算例,逐条说明错处")(check_tariff)
    app.command("try-tariff", help="试算:按最近一年的水量,比较新旧水价的收入和用户负担")(try_tariff)
    app.command("load-tariff", help="装入新版水价,从 valid_from 起执行;与已有版本重叠则不装")(
        load_tariff
    )


def check_tariff(file: TariffFile) -> None:
    from billing_client.domain.tariff_check import hints

    data = _sound(file)
    for text in hints(data):
        print(f"提醒:{text}")
    examples = len(data.get("examples", ()))
    print(f"{data['tariff_id']}({data['city']})可以使用,{examples} 个算例全部算对。")


def load_tariff(
    file: TariffFile,
    by: Annotated[str | None, typer.Option("--by", help="经办人,默认本机用户")] = None,
) -> None:
    from billing_client.services import tariffs

    data = _sound(file)
    try:
        new = in_transaction(
            lambda connection, _: tariffs.load_version(connection, data, actor(by)), actor(by)
        )
    except tariffs.TariffRefused as refused:
        raise CommandRefused(str(refused)) from None
    name = f"{data['tariff_id']}({data['city']})"
    print(f"{name}已装入,从 {data['valid_from']} 起执行。" if new else f"{name}以前装过,没有改动。")


def try_tariff(
    file: TariffFile,
    until: Annotated[
        str | None, typer.Option(metavar="PERIOD", help="一年中最后的账期,默认最新一期")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    from billing_client.domain.tariff_data import parse
    from billing_client.services import tariff_trial
    from bot import data_folder, settings
    from bot.commands import tariff_report

    draft = parse(_sound(file))
    try:
        trial = tariff_trial.run(data_folder.database_url(settings.load()), draft, until=until)
    except tariff_trial.NoBills:
        raise CommandRefused("这一年没有账单,无法试算。") from None
    print(tariff_report.as_json(trial)) if as_json else tariff_report.show(trial)


def _sound(file: Path) -> Any:
    """The data of a file without faults; else each fault is printed, and that is all."""
    from billing_client.domain.tariff_check import faults

    data = read(file)
    found = faults(data)
    for text in found:
        print(f"错误:{text}")
    if found:
        sys.exit(1)
    return data


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
