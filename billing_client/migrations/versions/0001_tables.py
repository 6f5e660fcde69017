"""The tables of the billing core, as SQL in the file beside.

Revision ID: 0001
Revises:
"""

import re
from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SCRIPT = Path(__file__).with_suffix(".sql")


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SCRIPT.read_text(encoding="utf-8"))


def downgrade() -> None:
    tables = re.findall(r"^CREATE TABLE (\S+)", SCRIPT.read_text(encoding="utf-8"), re.MULTILINE)
    op.get_bind().exec_driver_sql(f"DROP TABLE {', '.join(tables)} CASCADE")
