"""The opponent's environment: Python 3.10 and the packages of its own lock file."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.processes import sync

HERE = Path(__file__).parent
ENVIRONMENT = HERE / ".venv"
PYTHON_SETTING = "STOCK_RASA_PYTHON"
VERSION = "3.10"  # Rasa 3.6.21 asks for less than 3.11
ANSWER_SECONDS = 20
VERSION_OF = "import sys; print('%d.%d' % sys.version_info[:2])"


class Missing(RuntimeError):
    """The opponent cannot be made; the message is one Chinese sentence for the reader."""


def prepare() -> None:
    """Make it, or bring it up to the lock. Raises Missing."""
    python = find_python()
    if python is None:
        raise Missing(
            f"没有找到 Python {VERSION}（stock Rasa 3.6.21 只能用它），"
            f"请安装它，或用 {PYTHON_SETTING} 指明它的路径；这次只测小水。"
        )
    try:
        sync(HERE, ENVIRONMENT, "--python", str(python))
    except subprocess.CalledProcessError:
        raise Missing(
            "stock Rasa 的软件包没有装成（原因见上），请检查网络；这次只测小水。"
        ) from None


def find_python() -> Path | None:
    """The first that really is one: named by the setting, on the path, of pyenv, of uv."""
    return next((path for path in _candidates() if _is_wanted(path)), None)


def _candidates() -> Iterator[Path]:
    if named := os.environ.get(PYTHON_SETTING):
        yield Path(named)
    if found := shutil.which(f"python{VERSION}"):
        yield Path(found)
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from pyenv.glob(f"versions/{VERSION}.*/bin/python{VERSION}")
    yield from Path.home().glob(f".local/share/uv/python/cpython-{VERSION}*/bin/python{VERSION}")


def _is_wanted(python: Path) -> bool:
    """pyenv leaves a launcher on the path for versions that are not switched on: ask it."""
    try:
        said = subprocess.run(
            [python, "-c", VERSION_OF],
            capture_output=True, text=True, timeout=ANSWER_SECONDS, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return False
    return said.returncode == 0 and said.stdout.strip() == VERSION
