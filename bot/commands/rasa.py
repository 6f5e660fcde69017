"""`xiaoshui rasa …`: Rasa's own command line, for whoever knows Rasa."""

import typer

PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


def rasa(context: typer.Context) -> None:
    """Rasa 自己的命令:train、data validate、test、shell 等,用法与 Rasa 相同。"""
    from bot.rasa_adapter import command_line

    command_line.main(context.args)


app = typer.Typer()
app.command("rasa", context_settings=PASS_ON)(rasa)
