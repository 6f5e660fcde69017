"""The utility of the demo city: its settings, tariffs and staff."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

from billing_client.demo.townsfolk import UTILITY
from billing_client.domain.tariff import Tariff
from billing_client.domain.tariff_data import parse
from billing_client.store.clock import SHANGHAI

SHIPPED = Path(__file__).parents[1] / "tariffs"
CITY_TARIFF = "TJ-2016"  # 清源 has the published prices of 天津
# What the demo utility agrees with its customers: 0.5‰ a day, at most the overdue principal.
LATE_FEE = {"rate_per_day": "0.0005", "cap_ratio": "1", "grace_days": 0}
# The tax number's place of registration is 00, which is nowhere.
SELLER = {
    "name": UTILITY,
    "tax_no": "91000000QINGYUAN00",
    "address_phone": "清源市和平路1号 022-00000000",
    "bank_account": "清源演示银行 0000000000",
    "clerk": "周敏",
}
STAFF = ("周敏", "何磊", "许静怡")


def load_surroundings(connection: Connection, seed: int) -> Tariff:
    """Write settings, every shipped tariff and the staff; return the city's own tariff."""
    own = parse(_read(SHIPPED / f"{CITY_TARIFF}.json"))
    values = {
        "utility": SELLER | {"tariff_city": own.city},
        "late_fee": LATE_FEE,
        "demo_seed": seed,
        # The sandbox knows nothing of the payments that the city was made with.
        "reconciliation": {"from": datetime.now(SHANGHAI).date().isoformat()},
    }
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO billing.setting (key, value) VALUES (%s, %s)",
            [(key, Jsonb(value)) for key, value in values.items()],
        )
        for path in sorted(SHIPPED.glob("*.json")):
            data = _read(path)
            tariff = parse(data)
            cursor.execute(
                "INSERT INTO billing.tariff (tariff_id, city, valid_from, valid_to, data)"
                " VALUES (%s, %s, %s, %s, %s)",
                [tariff.tariff_id, tariff.city, tariff.valid_from, tariff.valid_to, Jsonb(data)],
            )
        cursor.executemany(
            "INSERT INTO billing.staff_duty (staff_name, on_duty) VALUES (%s, true)",
            [(name,) for name in STAFF],
        )
    return own


def set_staff_duty(connection: Connection, on_duty: bool) -> None:
    connection.execute("UPDATE billing.staff_duty SET on_duty = %s", [on_duty])


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))
