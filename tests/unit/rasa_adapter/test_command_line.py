"""Rasa's own command line runs behind the adaptations, on the project's training data."""

import subprocess
import sys

import pytest

from bot.commands import rasa

RUN = "from bot.commands.rasa import main; import sys; main(sys.argv[1:])"


def test_rasa_starts_and_takes_a_level_in_small_letters() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", RUN, "--version"],
        capture_output=True, text=True, check=True,
        env={"LOG_LEVEL": "info", "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert "3.6.21" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "added"),
    [
        (["train"], ["--data", "nlu_data"]),
        (["train", "--force"], ["--data", "nlu_data"]),
        (["data", "validate"], ["--data", "nlu_data"]),
        (["train", "--data", "elsewhere"], []),
        (["train", "nlu"], []),
        (["train", "--help"], []),
        (["shell"], []),
        ([], []),
    ],
)
def test_the_projects_training_data_is_the_default(arguments: list[str], added: list[str]) -> None:
    assert rasa._training_data(tuple(arguments)) == added
