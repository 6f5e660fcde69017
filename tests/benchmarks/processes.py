"""What a system costs: memory of its processes, size of its environment."""

import os
import subprocess
from pathlib import Path

from bot.settings import PROJECT

UV = PROJECT / "scripts" / "uv"


def tree_memory_mb(root: int) -> int:
    """Proportional memory (PSS) of a process and all below it, MB: shared pages count once."""
    children: dict[int, list[int]] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(status.parent.name))
    waiting, total = [root], 0
    while waiting:
        process = waiting.pop()
        total += _pss_kb(process)
        waiting.extend(children.get(process, ()))
    return total // 1024


def _pss_kb(process: int) -> int:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def folder_mb(folder: Path) -> int:
    """What a folder takes on disk, MB."""
    said = subprocess.run(["du", "-sm", folder], capture_output=True, text=True, check=True)
    return int(said.stdout.split()[0])


def sync(project: Path, environment: Path, *options: str) -> None:
    """Make the locked environment of ``project``. Raises CalledProcessError."""
    uv = subprocess.run([UV], capture_output=True, text=True, check=True).stdout.strip()
    settings = {**os.environ, "UV_PROJECT_ENVIRONMENT": str(environment)}
    settings.pop("VIRTUAL_ENV", None)
    command = [uv, "sync", "--quiet", "--frozen", "--project", str(project), *options]
    subprocess.run(command, check=True, env=settings)
