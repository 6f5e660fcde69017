"""Files of readings that were imported.

Revision ID: 0009
Revises: 0008
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE billing.reading_import (
            file_sha256 text PRIMARY KEY,
            file_name text NOT NULL,
            counts jsonb NOT NULL,
            imported_by text NOT NULL,
            imported_at timestamptz NOT NULL
        )
        """
    )


def downgrade() -> None:
    op.execute("DROP TABLE billing.reading_import")
