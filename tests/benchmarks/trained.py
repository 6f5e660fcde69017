"""Models of the measured systems: trained once for the same inputs, with the time that took."""

import json
import resource
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

REMEMBERED = "training_seconds.json"


def remembered_seconds(folder: Path, inputs: str) -> float | None:
    """What the training of the model in ``folder`` took, if it was made from these inputs."""
    try:
        return float(json.loads((folder / REMEMBERED).read_text(encoding="utf-8"))[inputs])
    except (FileNotFoundError, KeyError):
        return None


def train(
    command: Sequence[str], folder: Path, inputs: str, *, cwd: Path, environment: Mapping[str, str]
) -> float:
    """Train and remember; the processor's seconds, which other work on the machine hardly changes.

    Raises CalledProcessError; what the command said is in ``train.log`` of the folder.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with (folder / "train.log").open("wb") as log:
        subprocess.run(command, cwd=cwd, env=environment, stdout=log, stderr=log, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    (folder / REMEMBERED).write_text(json.dumps({inputs: seconds}), encoding="utf-8")
    return seconds
