"""The trained model: made anew when anything it is made of has changed, and never half.

A model's file is named after the fingerprint of its inputs, so that a worker finds the
one that fits its own code.
"""

import contextlib
import fcntl
import hashlib
import io
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bot.settings import PROJECT, load

INPUTS = (
    "config.yml", "domain.yml", "nlu_data", "bot/nlu", "bot/flows", "bot/rasa_adapter", "uv.lock",
)  # fmt: skip
INPUT_SUFFIXES = (".yml", ".yaml", ".json", ".tsv", ".txt", ".py", ".lock")
MODELS_KEPT = 3  # workers that started before a change may still load theirs


class TrainingFailed(RuntimeError):
    """The model could not be trained; the message is for the operator."""


def models_folder() -> Path:
    """``MODELS_DIR``, else the folder ``models`` of the data folder."""
    named = os.environ.get("MODELS_DIR", "").strip()
    return Path(named).expanduser().resolve() if named else load().data_dir / "models"


def fingerprint(project: Path = PROJECT) -> str:
    """16 hexadecimal digits over everything a model of this project is made of."""
    digest = hashlib.sha256()
    for path in sorted(_input_files(project)):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(project)} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


def model_path(project: Path = PROJECT, models: Path | None = None) -> Path:
    """Where the model of the project as it is now stands, or will stand."""
    return (models or models_folder()) / f"{fingerprint(project)}.tar.gz"


def ensure_model(project: Path = PROJECT, models: Path | None = None) -> Path:
    """The model's path, after training it if it was missing. Raises TrainingFailed.

    Processes that ask at once wait for the one that trains. A training that is killed
    leaves nothing that could be taken for a model.
    """
    path = model_path(project, models)
    path.parent.mkdir(parents=True, exist_ok=True)
    with _alone(path.parent):
        if not path.exists():
            _train_into(project, path)
            _remove_old(path.parent)
    return path


def _input_files(project: Path) -> Iterator[Path]:
    for name in INPUTS:
        place = project / name
        files = [place] if place.is_file() else place.rglob("*")
        yield from (file for file in files if file.is_file() and file.suffix in INPUT_SUFFIXES)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # goes with the process, however it ends
        yield


def _train_into(project: Path, path: Path) -> None:
    began = time.monotonic()
    for left_over in path.parent.glob(".training-*"):
        shutil.rmtree(left_over)
    with tempfile.TemporaryDirectory(prefix=".training-", dir=path.parent) as folder:
        trained = _train(project, Path(folder))
        trained.replace(path)
    _say(f"模型已训练好(用时 {time.monotonic() - began:.0f} 秒)。")


def _train(project: Path, folder: Path) -> Path:
    from bot import rasa_adapter

    rasa_adapter.install()
    from rasa.model_training import train

    said = io.StringIO()
    with (
        contextlib.chdir(project),
        _progress(),
        contextlib.redirect_stdout(said),
        contextlib.redirect_stderr(said),
    ):
        try:
            # Rasa's cache knows a component's own source only, not the modules it calls.
            result = train(
                "domain.yml", "config.yml", ["nlu_data"], output=str(folder), force_training=True
            )
        except (Exception, SystemExit) as error:
            detail = str(error) or said.getvalue().strip()
            raise TrainingFailed(f"模型没有训练成功:{detail}") from error
    if result.model is None:
        raise TrainingFailed(f"模型没有训练成功:{said.getvalue().strip()}")
    return Path(result.model)


@contextlib.contextmanager
def _progress() -> Iterator[None]:
    """A bar on a terminal, a line a component elsewhere; Rasa's remarks are kept off."""
    import warnings

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from bot.rasa_adapter import runner

    console = Console(file=sys.stdout)  # Rasa's own words go elsewhere
    if not console.is_terminal:
        _say("正在训练模型,约需一两分钟……")
    columns = (TextColumn("正在训练模型"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    with warnings.catch_warnings(), bar:
        warnings.simplefilter("ignore")
        task = bar.add_task("", total=None)

        def report(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)
            if not console.is_terminal:
                console.print(f"正在训练模型:{done}/{total}")

        with runner.observed_by(report):
            yield


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _remove_old(folder: Path) -> None:
    models = sorted(folder.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in models[MODELS_KEPT:]:
        path.unlink()
