"""Brings the schema ``billing`` of a database to the newest version."""

from pathlib import Path

from alembic import command
from alembic.config import Config

MIGRATIONS = Path(__file__).parents[1] / "migrations"


def upgrade(database_url: str, revision: str = "head") -> None:
    """Run what is missing; safe to call from several processes at once (an advisory lock)."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["database_url"] = database_url
    command.upgrade(config, revision)
