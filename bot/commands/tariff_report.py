"""What a draft tariff would have brought, as tables for a manager or as JSON."""

import json
from dataclasses import asdict
from decimal import Decimal

from rich.console import Console
from rich.table import Table

from billing_client.services.tariff_trial import Band, Side, Trial
from bot.commands.yuan import FEN_A_YUAN, yuan

LITRES_A_M3 = 1_000
WIDTH = 100


def show(trial: Trial) -> None:
    console = Console(width=WIDTH)
    console.print(f"{trial.tariff_id} 试算:{trial.since} 至 {trial.until} 的水量,金额为元")
    console.print(_revenue(trial))
    console.print(_burden(trial))
    worse = "、".join(
        f"{code} {count:,} 户" for code, count in sorted(trial.worse_by_class.items())
    )
    console.print(f"多付 {trial.worse.customers:,} 户" + (f"(其中 {worse})" if worse else ""))
    console.print(f"少付 {trial.better.customers:,} 户,不变 {trial.unchanged:,} 户")
    for code, customers in sorted(trial.unpriced.items()):
        console.print(f"草案没有 {code} 类的价格,{customers:,} 户未计入。")


def as_json(trial: Trial) -> str:
    """All figures in fen and litres, the bands and sums of both sides included."""
    data = asdict(trial)
    for name in ("worse", "better"):
        side: Side = getattr(trial, name)
        data[name] |= {"customers": side.customers, "change_fen": side.change_fen}
    return json.dumps(data, ensure_ascii=False, indent=2)


def _revenue(trial: Trial) -> Table:
    table = Table("类别", "项目", "户数", "水量(m³)", "原收入", "新收入", "增减", "%")
    for place in range(2, 8):
        table.columns[place].justify = "right"
    for _, effect in sorted(trial.classes.items()):
        litres = effect.used_l // LITRES_A_M3
        table.add_row(
            effect.name, "合计", f"{effect.customers:,}", f"{litres:,}",
            *_change(effect.before_fen, effect.after_fen),
        )  # fmt: skip
        for component, charge in effect.charges.items():
            table.add_row(
                "", f"{charge.name}({component})", "", "",
                *_change(charge.before_fen, charge.after_fen),
            )  # fmt: skip
    before = sum(effect.before_fen for effect in trial.classes.values())
    after = sum(effect.after_fen for effect in trial.classes.values())
    table.add_section()
    table.add_row("全部", "", "", "", *_change(before, after))
    return table


def _change(before_fen: int, after_fen: int) -> tuple[str, str, str, str]:
    percent = f"{Decimal(100 * (after_fen - before_fen)) / before_fen:+.1f}" if before_fen else "—"
    return yuan(before_fen), yuan(after_fen), yuan(after_fen - before_fen), percent


def _burden(trial: Trial) -> Table:
    table = Table("一年多付或少付", "多付户数", "多付合计", "少付户数", "少付合计")
    for column in table.columns[1:]:
        column.justify = "right"
    for worse, better in zip(trial.worse.bands, trial.better.bands, strict=True):
        table.add_row(
            _span(worse), f"{worse.customers:,}", yuan(worse.change_fen),
            f"{better.customers:,}", yuan(better.change_fen),
        )  # fmt: skip
    return table


def _span(band: Band) -> str:
    above = band.above_fen // FEN_A_YUAN
    if band.upto_fen is None:
        return f"{above} 元以上"
    return f"{above}–{band.upto_fen // FEN_A_YUAN} 元"
