"""Binding by one-time code, its limits, and what each level may do."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import select

from billing_client.client import BillingClient
from billing_client.errors import (
    AccountNotFound,
    CodeExpired,
    NotBound,
    NotFresh,
    TooManyTries,
    WrongCode,
)
from billing_client.services.identity import LEVELS
from billing_client.store.tables import one_time_code
from billing_client.views import Caller, Level
from tests.integration.billing.conftest import ACCOUNT, NEIGHBOUR, NOON, WANG, Town, minutes


async def test_a_code_binds_the_account_and_makes_fresh_for_15_minutes(town: Town) -> None:
    sent = await town.client.request_code(WANG, ACCOUNT)
    assert (sent.phone, sent.expires_at - NOON) == ("138****1234", minutes(5))
    identity = await town.client.confirm_code(WANG, await town.code_on_the_phone())
    assert identity.level is Level.FRESH
    assert [(a.owner_name, a.address) for a in identity.accounts] == [
        ("王*明", "城关街道和平里2栋***")
    ]
    await town.set_now(NOON + minutes(15))
    assert (await town.client.identify(WANG)).level is Level.BOUND
    with pytest.raises(NotFresh):
        await town.client.cancel_autopay(WANG, ACCOUNT)


async def test_strangers_and_other_accounts_are_refused(town: Town) -> None:
    with pytest.raises(NotBound):
        await town.client.bills(WANG, ACCOUNT)
    await town.bind()
    assert await town.client.bills(WANG, ACCOUNT) == ()
    with pytest.raises(NotBound):
        await town.client.bills(WANG, NEIGHBOUR)
    with pytest.raises(NotBound):
        await town.client.bills(replace(WANG, channel="sms"), ACCOUNT)


async def test_the_code_itself_is_not_stored(town: Town) -> None:
    await town.client.request_code(WANG, ACCOUNT)
    async with town.engine.connect() as connection:
        stored = str((await connection.execute(select(one_time_code))).one())
    assert await town.code_on_the_phone() not in stored


async def test_five_wrong_tries_kill_a_code(town: Town) -> None:
    await town.client.request_code(WANG, ACCOUNT)
    code = await town.code_on_the_phone()
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    for left in (4, 3, 2, 1, 0):
        with pytest.raises(WrongCode) as refused:
            await town.client.confirm_code(WANG, wrong)
        assert refused.value.facts == {"tries_left": left}
    with pytest.raises(TooManyTries):
        await town.client.confirm_code(WANG, code)


async def test_wrong_tries_at_once_are_all_counted(town: Town) -> None:
    await town.client.request_code(WANG, ACCOUNT)
    code = await town.code_on_the_phone()
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    tries = [town.client.confirm_code(WANG, wrong) for _ in range(8)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(outcome, WrongCode) for outcome in outcomes) == 5
    assert sum(isinstance(outcome, TooManyTries) for outcome in outcomes) == 3


async def test_codes_expire_and_serve_once(town: Town) -> None:
    await town.client.request_code(WANG, ACCOUNT)
    code = await town.code_on_the_phone()
    await town.set_now(NOON + minutes(5))
    with pytest.raises(CodeExpired):
        await town.client.confirm_code(WANG, code)
    await town.bind()
    with pytest.raises(CodeExpired):
        await town.client.confirm_code(WANG, await town.code_on_the_phone())


async def test_one_code_a_minute_and_five_an_hour(town: Town) -> None:
    asked = [town.client.request_code(WANG, ACCOUNT) for _ in range(4)]
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(outcome, TooManyTries) for outcome in outcomes) == 3
    for minute in range(1, 5):
        await town.set_now(NOON + minutes(minute))
        await town.client.request_code(WANG, ACCOUNT)
    await town.set_now(NOON + minutes(10))
    with pytest.raises(TooManyTries) as refused:
        await town.client.request_code(WANG, ACCOUNT)
    assert refused.value.facts == {"minutes": 50}
    with pytest.raises(TooManyTries):  # nor by another caller for the same account
        await town.client.request_code(Caller("web", "stranger"), ACCOUNT)


async def test_guessing_account_numbers_ends_for_caller_and_address(town: Town) -> None:
    for number in range(5):
        with pytest.raises(AccountNotFound):
            await town.client.request_code(WANG, f"199999000{number}")
    with pytest.raises(TooManyTries):
        await town.client.request_code(WANG, ACCOUNT)
    for number in range(15):
        other = replace(WANG, channel_user=f"other-{number}")
        with pytest.raises(AccountNotFound):
            await town.client.request_code(other, f"199999100{number}")
    with pytest.raises(TooManyTries):
        await town.client.request_code(replace(WANG, channel_user="fresh-one"), ACCOUNT)


async def test_several_accounts_and_unbinding(town: Town) -> None:
    await town.bind()
    await town.set_now(NOON + minutes(2))
    await town.bind(account_no=NEIGHBOUR)
    with pytest.raises(NotBound) as refused:
        await town.client.request_code(WANG)
    assert refused.value.facts == {"accounts": (ACCOUNT, NEIGHBOUR)}
    await town.client.unbind(WANG, ACCOUNT)
    assert [a.account_no for a in (await town.client.identify(WANG)).accounts] == [NEIGHBOUR]


def test_every_method_of_the_door_has_a_level() -> None:
    surroundings = {
        "staff_on_duty", "now", "take_notices", "settle_notice", "notice_failed",
        "payment_methods",
        "autopay_methods",
    }  # fmt: skip
    methods = {name for name in vars(BillingClient) if not name.startswith("_")}
    assert methods - surroundings == set(LEVELS)


async def test_the_phone_on_file_proves_all_its_accounts(town: Town) -> None:
    sent = await town.client.request_code(WANG, "13811111234")
    assert sent.account_no is None  # the number is told only to who proved the phone
    known = await town.client.confirm_code(WANG, await town.code_on_the_phone())
    assert [account.account_no for account in known.accounts] == [NEIGHBOUR, ACCOUNT]
    assert known.level is Level.FRESH


async def test_an_unknown_phone_counts_as_a_guess(town: Town) -> None:
    for _ in range(5):
        with pytest.raises(AccountNotFound):
            await town.client.request_code(WANG, "19900000000")
    with pytest.raises(TooManyTries):
        await town.client.request_code(WANG, "19900000001")
