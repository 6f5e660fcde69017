"""Thousands of requests that nobody should send: each gets an answer, none a traceback."""

import random
from typing import Any
from urllib.parse import quote

import httpx

from billing_client.wire import caller_header
from billing_client.wire.operation import Operation
from billing_client.wire.operations import OPERATIONS
from tests.integration.api.conftest import ACCOUNT, WANG, House

REQUESTS = 2_500
SEED = 20261125
NASTY: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63 - 1, 2**63, 10**40, 1.5, 1e308, "", " ", "\0",
    "a\0b", "王明", "🚰", "\u202e", "a" * 127, "a" * 5_000, "'; DROP TABLE billing.bill; --",
    "%s%d{0}", "../../etc/passwd", "1000002468", "2026-10", "2026-13", "9999-99", "GD20261124001",
    "13811111234", [], [[]], ["a"], [1, "a", None], {}, {"a": 1}, {"a": {"b": {"c": {"d": {}}}}},
    {"bill": "yes"}, {"bill": True}, list(range(300)), "leak", "RESIDENT", "-0", "１２", "NaN",
)  # fmt: skip
RAW = (b"", b"null", b"{", b"\xff", b'{"a":1e999}', b'{"account_no":"\\ud800"}', b"[" * 500,
       b'{"place":"\\u0000","kind":"leak","severity":"x"}', b"0" * 5_000)  # fmt: skip


class Sender:
    def __init__(self, house: House) -> None:
        self._house = house
        self._random = random.Random(SEED)

    def request(self, number: int) -> httpx.Request:
        chance = self._random
        operation = chance.choice(tuple(OPERATIONS.values()))
        fields = [name for name in operation.request.model_fields if name not in operation.in_path]
        values = {name: self._value() for name in fields if chance.random() < 0.8}
        if chance.random() < 0.1:
            values["unknown"] = self._value()
        path = operation.path.format(**{name: self._in_path(name) for name in operation.in_path})
        how = self._write(values) if operation.writes else self._query(operation, values)
        verb = operation.verb if chance.random() < 0.97 else "PATCH"
        return self._house.http.build_request(
            verb, f"{self._house.url}/api/v1{path}", headers=self._headers(number), **how
        )

    def _value(self) -> Any:
        return self._random.choice(NASTY)

    def _in_path(self, name: str) -> str:
        if name == "account_no" and self._random.random() < 0.6:
            return ACCOUNT
        text = str(self._value()) or "-"
        return quote(text[:300], safe="")

    def _write(self, values: dict[str, Any]) -> dict[str, Any]:
        if self._random.random() < 0.1:
            return {"content": self._random.choice(RAW)}
        return {"json": values}

    def _query(self, operation: Operation, values: dict[str, Any]) -> dict[str, Any]:
        if operation.paged and self._random.random() < 0.5:
            values |= {"limit": self._value(), "after": self._value()}
        texts = {name: str(value)[:2_000] for name, value in values.items()}
        return {"params": texts}

    def _headers(self, number: int) -> dict[str, str]:
        headers = {
            "Authorization": f"Bearer {self._house.key}",
            caller_header.HEADER: caller_header.write(WANG),
            "Idempotency-Key": f"fuzz-{number}",
            "Content-Type": "application/json",
        }
        spoiled = self._random.random()
        if spoiled < 0.15:
            name = self._random.choice(tuple(headers))
            headers[name] = quote(str(self._value())[:300], safe="='{}")
        return headers


async def test_bad_input_of_every_kind_is_told_as_such(house: House) -> None:
    await house.bind(house.core)
    sender = Sender(house)
    seen: set[int] = set()
    for number in range(REQUESTS):
        request = sender.request(number)
        answer = await house.http.send(request)
        seen.add(answer.status_code)
        told = (request.method, str(request.url), request.content[:300], answer.text[:500])
        assert answer.status_code < 500, told
        if answer.status_code >= 400 and request.url.path != "/api/v1":
            assert answer.json()["status"] == answer.status_code, told
        assert "Traceback" not in answer.text
    assert {200, 400, 401, 403, 404, 405, 415, 422} <= seen
    async with house.core.engine.connect() as connection:
        from billing_client.store.proof import first_difference

        assert await first_difference(connection) is None
