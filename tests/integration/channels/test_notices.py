"""From what billing must tell to who was told, by which way, once, and not at night."""

from datetime import timedelta
from email.message import EmailMessage

import pytest
import yaml
from sqlalchemy import update

from billing_client.services import mail
from billing_client.services.account_notices import Message, tell_chats, tell_phone
from billing_client.store.tables import account
from billing_client.views import Caller
from bot.pushes import pass_on_failed, push_notices
from bot.responses import Responses
from bot.settings import PROJECT
from channels import delivery, told
from channels.database import Pool
from channels.delivery import Adapter, Delivery, DeliveryRefused
from channels.sms.render import Sms
from tests.integration.billing.conftest import ACCOUNT, NOON, Town, town
from tests.integration.channels.conversing import rows

__all__ = ["town"]
pytestmark = pytest.mark.integration
PHONE = "13811111234"
BILL = {"period": "2026-10", "total_fen": 3850, "due_on": "2026-12-10"}
WORDS = "2026年10月水费 38.50 元，请在12月10日前缴清（户号 1000002468）。"
RESPONSES = yaml.safe_load((PROJECT / "domain.yml").read_text(encoding="utf-8"))["responses"]


class Way:
    """An adapter that works or refuses."""

    def __init__(self, *, works: bool) -> None:
        self.works, self.texts = works, list[str]()

    async def deliver(self, delivery: Delivery, part: object, number: int) -> str | None:
        if not self.works:
            raise DeliveryRefused("outside the window")
        self.texts.append(part.text if isinstance(part, Sms) else str(part))
        return None


class Office:
    """The worker's and the gateway's part of it, step by step."""

    def __init__(self, pool: Pool, town: Town) -> None:
        self.pool, self.town = pool, town
        self.ways = {name: Way(works=False) for name in ("wechat", "telegram", "sms")}

    async def bind(self, *channels: str) -> None:
        for channel in channels:
            await self.town.bind(Caller(channel, f"{channel}-wang"))

    async def tell(self, topic: str = "bill_issued", *, phone: bool = False) -> None:
        message = Message(topic, f"{topic}:7", BILL)
        async with self.town.engine.begin() as connection:
            await tell_chats(connection, ACCOUNT, message)
            if phone:
                await tell_phone(connection, ACCOUNT, message)

    async def work(self, rounds: int = 4) -> None:
        adapters: dict[str, Adapter] = dict(self.ways)
        for _ in range(rounds):
            await push_notices(self.pool, self.town.client, Responses(RESPONSES))
            while await delivery.deliver_one(self.pool, adapters):
                pass
            await pass_on_failed(self.pool, self.town.client)


@pytest.fixture
async def office(pool: Pool, town: Town) -> Office:
    return Office(pool, town)


async def test_what_wechat_does_not_take_goes_by_sms_once(office: Office) -> None:
    await office.bind("wechat", "telegram")
    office.ways["sms"].works = True
    await office.tell()
    await office.tell()
    await office.work()
    assert [text.splitlines()[0] for text in office.ways["sms"].texts] == [WORDS]
    record = await told.record(office.pool, ACCOUNT)
    assert sorted((one.channel, one.state) for one in record) == [
        ("sms", "sent"), ("telegram", "failed"), ("wechat", "failed"),
    ]  # fmt: skip


async def test_who_was_told_in_another_chat_gets_no_sms(office: Office) -> None:
    await office.bind("wechat", "telegram")
    office.ways["sms"].works = office.ways["telegram"].works = True
    await office.tell()
    await office.work()
    assert len(office.ways["telegram"].texts) == 1 and office.ways["sms"].texts == []


async def test_who_is_told_by_sms_anyway_is_not_told_twice(office: Office) -> None:
    await office.bind("wechat")
    office.ways["sms"].works = True
    await office.tell(phone=True)
    await office.work()
    assert len(office.ways["sms"].texts) == 1


async def test_the_last_way_is_mail(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[EmailMessage] = []
    server = mail.MailSettings("mail.example", 465, "tls", "water@utility.example")
    monkeypatch.setattr(mail, "settings_from", lambda *_: server)
    monkeypatch.setattr(mail, "send", lambda _, message: sent.append(message))
    async with office.town.engine.begin() as connection:
        await connection.execute(
            update(account).where(account.c.account_no == ACCOUNT).values(email="wang@mail.example")
        )
    await office.bind("wechat")
    await office.tell()
    await office.work(rounds=6)
    assert [one["To"] for one in sent] == ["wang@mail.example"]
    assert sent[0]["Subject"] == "水费与供水通知（户号尾号 2468）"
    assert WORDS in sent[0].get_content()
    counted = await rows(office.pool, "SELECT name FROM channels.event_count ORDER BY 1")
    assert ("notice_mailed:bill_issued",) in counted


async def test_without_a_mail_server_it_ends_with_the_phone(office: Office) -> None:
    await office.bind("wechat")
    await office.tell()
    await office.work(rounds=6)
    record = await told.record(office.pool, ACCOUNT)
    assert sorted((one.channel, one.state) for one in record) == [
        ("sms", "failed"), ("wechat", "failed"),
    ]  # fmt: skip


async def test_what_fails_at_night_goes_by_sms_in_the_morning(office: Office) -> None:
    await office.bind("wechat")
    office.ways["sms"].works = True
    await office.tell()
    await push_notices(office.pool, office.town.client, Responses(RESPONSES))
    await office.town.set_now(NOON + timedelta(hours=10))
    await office.work()
    assert office.ways["sms"].texts == []
    await office.town.set_now(NOON + timedelta(hours=21))
    await office.work()
    assert len(office.ways["sms"].texts) == 1


async def test_a_code_that_fails_goes_no_other_way(office: Office) -> None:
    from billing_client.services.code_sender import NoticeCodeSender

    async with office.town.engine.begin() as connection:
        await NoticeCodeSender().send(connection, PHONE, "123456", 5, NOON)
    await office.work()
    states = await rows(office.pool, "SELECT channel, state FROM channels.outbox")
    assert states == [("sms", "failed")]
