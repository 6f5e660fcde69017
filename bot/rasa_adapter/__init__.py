"""What adapts Rasa 3.6.21 to this product: one environment, one process, no server.

``install()`` must run before anything of Rasa is imported.
"""

import os


def install() -> None:
    """Make Rasa importable and lean. Safe to call again."""
    os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")  # Rasa reports to its maker otherwise

    from bot.rasa_adapter import stand_ins

    stand_ins.install()

    from bot.rasa_adapter import runner

    runner.install()
