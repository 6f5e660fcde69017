"""`xiaoshui rasa …`: Rasa's own command line, for whoever knows Rasa."""

from collections.abc import Sequence

from bot.rasa_adapter import command_line

TRAINING_DATA = "nlu_data"  # Rasa's own default is "data"
OPTION_OF = {("train",): "--data", ("data", "validate"): "--data"}


def main(arguments: Sequence[str]) -> None:
    """Run Rasa in the current folder, on the project's training data unless others are named."""
    command_line.main([*arguments, *_training_data(tuple(arguments))])


def _training_data(arguments: tuple[str, ...]) -> list[str]:
    words = tuple(word for word in arguments if not word.startswith("-"))
    option = next((OPTION_OF[key] for key in OPTION_OF if words[: len(key)] == key), None)
    is_special = words[:2] in (("train", "nlu"), ("train", "core"))
    if option is None or is_special or option in arguments or "--help" in arguments:
        return []
    return [option, TRAINING_DATA]
