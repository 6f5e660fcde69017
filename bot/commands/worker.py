"""`xiaoshui worker`: one worker process, for production on several machines."""

from bot.settings import Settings


def run(settings: Settings) -> None:
    """Run until SIGTERM or Ctrl-C."""
    from bot import worker

    worker.run(settings)
