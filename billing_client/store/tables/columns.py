"""The schema's metadata, and columns that many tables have."""

from sqlalchemy import BigInteger, Column, DateTime, Identity, MetaData, func

metadata = MetaData(schema="billing")


def moment(name: str, *, required: bool = True) -> Column:
    return Column(name, DateTime(timezone=True), nullable=not required)


def created() -> Column:
    return Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now())


def row_id(name: str) -> Column:
    return Column(name, BigInteger, Identity(), primary_key=True)
