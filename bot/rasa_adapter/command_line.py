"""Rasa's own command line behind the adaptations: ``rasa train``, ``rasa data validate``…"""

import os
import sys
from collections.abc import Sequence

from bot import rasa_adapter

DEFAULT_LOG_LEVEL = "WARNING"


def main(arguments: Sequence[str]) -> None:
    """Run ``rasa ARGUMENTS`` in the current folder. Ends like Rasa's: by SystemExit on failure."""
    rasa_adapter.install()
    # Rasa takes the level's name in capitals only.
    os.environ["LOG_LEVEL"] = os.environ.get("LOG_LEVEL", DEFAULT_LOG_LEVEL).upper()
    from rasa.__main__ import main as rasa_main

    sys.argv = ["rasa", *arguments]
    rasa_main()
