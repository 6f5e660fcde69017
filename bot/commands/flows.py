"""`xiaoshui flows check`: are the flows sound?"""

import typer

from bot.flows.check_command import check as problems_of
from bot.settings import PROJECT

app = typer.Typer(help="检查对话流程。", no_args_is_help=True)


@app.callback()
def flows() -> None:
    """检查对话流程。"""


@app.command()
def check() -> None:
    """检查 nlu_data/flows 里的流程:意图、槽位、动作、回复都有,没有走不通的步骤。"""
    problems = problems_of(PROJECT)
    for problem in problems:
        print(problem)
    if problems:
        print(f"共 {len(problems)} 处问题,请改正。")
        raise typer.Exit(1)
    print("流程检查通过。")
