"""Journal and postings are append-only: the database refuses to change or delete them.

A correction is a new journal, never an edit.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = ("journal", "posting")


def upgrade() -> None:
    op.execute(
        """
        CREATE FUNCTION billing.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'billing.% is append-only', TG_TABLE_NAME
                USING ERRCODE = 'restrict_violation';
        END $$
        """
    )
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE "
            f"ON billing.{table} FOR EACH STATEMENT EXECUTE FUNCTION billing.refuse_change()"
        )


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"DROP TRIGGER {table}_append_only ON billing.{table}")
    op.execute("DROP FUNCTION billing.refuse_change()")
