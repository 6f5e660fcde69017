"""What adapts Rasa 3.6.21 to this product: one environment, one process, no server.

``install()`` must run before anything of Rasa is imported.
"""

import os

# Rasa breaks a turn off after so many actions (default 10); a flow may say and ask a good
# deal in one turn. Read by rasa.core.processor when it is imported.
MOST_ACTIONS_A_TURN = 30


def install() -> None:
    """Make Rasa importable and lean. Safe to call again."""
    os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")  # Rasa reports to its maker otherwise
    os.environ.setdefault("MAX_NUMBER_OF_PREDICTIONS", str(MOST_ACTIONS_A_TURN))

    from bot.rasa_adapter import stand_ins

    stand_ins.install()

    from bot.rasa_adapter import in_process_actions, lean_turns, quiet, runner

    runner.install()
    in_process_actions.install()
    lean_turns.install()
    quiet.install()
