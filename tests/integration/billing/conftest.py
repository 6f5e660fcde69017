"""A small utility: the tariff of 天津, two accounts, a client whose callers prove themselves."""

import re
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from billing_client.core import CoreBillingClient, connect
from billing_client.pay.settings import PaymentSettings
from billing_client.services import late_fees, tariffs
from billing_client.store import clock, settings
from billing_client.store.proof import first_difference
from billing_client.store.tables import account, meter, reading, sandbox_sms
from billing_client.views import Caller

ACCOUNT, NEIGHBOUR = "1000002468", "1000001357"
WANG = Caller("web", "wang", "web:wang", "203.0.113.5")
NOON = datetime(2026, 11, 24, 12, tzinfo=clock.SHANGHAI)


class Town:
    """The client and what tests do around it."""

    def __init__(self, client: CoreBillingClient) -> None:
        self.client = client
        self.engine = client.engine

    async def set_now(self, moment: datetime) -> None:
        async with self.engine.begin() as connection:
            await clock.set_now(connection, moment, running=False)

    async def code_on_the_phone(self) -> str:
        query = select(sandbox_sms.c.text).order_by(sandbox_sms.c.sms_id.desc()).limit(1)
        async with self.engine.connect() as connection:
            found = re.search(r"\d{6}", str(await connection.scalar(query)))
        assert found is not None
        return found[0]

    async def bind(self, caller: Caller = WANG, account_no: str = ACCOUNT) -> None:
        await self.client.request_code(caller, account_no)
        await self.client.confirm_code(caller, await self.code_on_the_phone())

    async def read_meter(self, read_on: date, cubic_metres: int, account_no: str = ACCOUNT) -> None:
        async with self.engine.begin() as connection:
            await connection.execute(
                insert(reading).values(
                    account_no=account_no,
                    meter_no=f"M{account_no}",
                    read_on=read_on,
                    reading_l=cubic_metres * 1000,
                    source="remote",
                )
            )

    async def assert_books_right(self) -> None:
        async with self.engine.connect() as connection:
            assert await first_difference(connection) is None


@pytest.fixture
async def town(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    client = connect(database_url, payment_settings=PaymentSettings(data_dir=tmp_path))
    async with client.engine.begin() as connection:
        await tariffs.load(connection, tariffs.shipped("TJ-2016"))
        await settings.write(connection, late_fees.LATE_FEE, {"rate_per_day": "0.0005"})
        await clock.set_now(connection, NOON, running=False)
        for account_no, name in ((ACCOUNT, "王小明"), (NEIGHBOUR, "李梅")):
            await connection.execute(
                insert(account).values(
                    account_no=account_no,
                    owner_name=name,
                    phone="13811111234",
                    address="城关街道和平里2栋3单元401室",
                    area="和平里",
                    customer_class="RESIDENT",
                    opened_on=date(2026, 1, 1),
                )
            )
            await connection.execute(
                insert(meter).values(
                    account_no=account_no,
                    meter_no=f"M{account_no}",
                    kind="smart",
                    installed_on=date(2026, 8, 31),
                )
            )
    yield Town(client)
    await client.close()


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)
