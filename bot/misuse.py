"""What was wrong with a command's words, said in Chinese; typer's own sentences are English."""

from typing import Any

SENTENCES = {
    "MissingParameter": "缺少「{hint}」。",
    "NoSuchOption": "没有选项「{option}」。",
    "BadOptionUsage": "选项「{option}」后面缺少值,或不该有值。",
    "BadParameter": "「{hint}」的值不对。",
}


def sentence(error: Any) -> str:
    """One sentence for an error of typer's that has ``ctx``, and where to read more."""
    name = type(error).__name__
    path = error.ctx.command_path if error.ctx else "xiaoshui"
    words = SENTENCES.get(name, "命令「{path}」没有这样的用法。").format(
        hint=_hint(error), option=getattr(error, "option_name", ""), path=path
    )
    return f"{words}用法见 {path} --help。"


def _hint(error: Any) -> str:
    parameter = getattr(error, "param", None)
    if parameter is None:
        return ""
    return str(parameter.metavar or max(parameter.opts, key=len))
