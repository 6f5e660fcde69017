"""Every channel with its fake provider, behind one face: what the contract asks of each."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestClient

from channels.sms.door import SmsDoor
from channels.sms.settings import AliyunSettings, SmsSettings
from channels.telegram.door import TelegramDoor
from channels.telegram.settings import TelegramSettings
from channels.wechat.door import WeChatDoor
from channels.wechat.settings import WeChatSettings
from tests.fakes.aliyun_sms import KEY_ID, KEY_SECRET, SIGN, FakeAliyunSms
from tests.fakes.bot_api import TOKEN, FakeBotApi, Refused
from tests.fakes.serving import served
from tests.fakes.wechat import AES_KEY, APP_ID, FakeWeChat, sealed
from tests.fakes.wechat import SECRET as APP_SECRET
from tests.fakes.wechat import TOKEN as WECHAT_TOKEN
from tests.integration.channels.gateway_of import ORIGIN, gateway_with

DOWN = [500, 502, 503]


class TelegramHouse:
    name, customer = "telegram", "7001"

    def __init__(self, folder: Path) -> None:
        self.fake = FakeBotApi()
        self._number = count(1)

    def door(self, url: str) -> Any:
        self.settings = TelegramSettings(TOKEN, url)
        return lambda around: TelegramDoor(self.settings, around)

    def said(self, text: str) -> Any:
        """A message with a key of its own, to be handed to ``send``, any number of times."""
        return self.fake.update(message=self.fake.message(int(self.customer), text=text))

    async def send(self, client: TestClient, said: Any) -> int:
        header = {"X-Telegram-Bot-Api-Secret-Token": self.settings.secret}
        return (await client.post("/telegram/webhook", json=said, headers=header)).status

    def seen(self) -> list[str]:
        return [one["text"] for one in self.fake.messages.get(int(self.customer), [])]

    def fails(self, status: int) -> None:
        self.fake.trouble.append(web.Response(status=status, text="<html>"))

    def too_many(self) -> None:
        self.fake.trouble.append(Refused(429, "Too Many Requests", retry_after=1))


class WeChatHouse:
    """Every message asks for its answer by customer service: the account is a slow one."""

    name, customer = "wechat", "oABCDEFGHIJKLMNOPQRSTUVWX123"

    def __init__(self, folder: Path) -> None:
        self.fake = FakeWeChat()

    def door(self, url: str) -> Any:
        settings = WeChatSettings(APP_ID, APP_SECRET, WECHAT_TOKEN, (AES_KEY,), api_url=url)
        return lambda around: WeChatDoor(settings, around)

    def said(self, text: str) -> Any:
        return self.fake.text(self.customer, text)

    async def send(self, client: TestClient, said: Any) -> int:
        self.fake.left[self.customer] = 5
        query, body = sealed(said, AES_KEY)
        answer = await client.post("/wechat/callback", params=query, data=body.encode())
        return answer.status

    def seen(self) -> list[str]:
        return self.fake.seen.get(self.customer, [])

    def fails(self, status: int) -> None:
        self.fake.trouble.append(web.Response(status=status, text="<html>"))

    def too_many(self) -> None:
        self.fake.trouble.append(45011)


class SmsHouse:
    name, customer = "sms", "13800138000"

    def __init__(self, folder: Path) -> None:
        self.fake = FakeAliyunSms()
        self._templates = folder / "sms.yml"
        self._templates.write_text('answer: {code: SMS_ANSWER, params: {text: "{text}"}}')

    def door(self, url: str) -> Any:
        cloud = AliyunSettings(KEY_ID, KEY_SECRET, SIGN, templates=self._templates, api_url=url)
        return lambda around: SmsDoor(SmsSettings(cloud, "p" * 32), around)

    def said(self, text: str) -> Any:
        return [self.fake.up(self.customer, text)]

    async def send(self, client: TestClient, said: Any) -> int:
        return (await client.post(f"/sms/aliyun/{'p' * 32}/up", json=said)).status

    def seen(self) -> list[str]:
        return [one.removeprefix(f"【{SIGN}】") for one in self.fake.phones.get(self.customer, [])]

    def fails(self, status: int) -> None:
        self.fake.trouble.append(web.Response(status=status, text="<html>"))

    def too_many(self) -> None:
        self.fake.trouble.append(("isv.BUSINESS_LIMIT_CONTROL", "触发分钟级流控Permits:1"))


class WebHouse:
    """The web chat has no provider: its customer fetches."""

    name, customer = "web", ""

    def __init__(self, folder: Path) -> None:
        self._keys = count(1)
        self._token = ""
        self._shown: list[str] = []

    def said(self, text: str) -> Any:
        return {"id": f"k{next(self._keys)}", "text": text}

    async def send(self, client: TestClient, said: Any) -> int:
        answer = await client.post("/web/messages", json=said, headers=await self._headers(client))
        return answer.status

    async def look(self, client: TestClient) -> list[str]:
        headers = await self._headers(client)
        answer = await client.get("/web/poll", params={"last": "0"}, headers=headers)
        return [one["text"] for one in await answer.json() if one["t"] == "bot"]

    async def _headers(self, client: TestClient) -> dict[str, str]:
        if not self._token:
            answer = await client.post("/web/session", headers={"Origin": ORIGIN})
            self._token = (await answer.json())["token"]
        return {"Origin": ORIGIN, "Authorization": f"Bearer {self._token}"}


PushHouse = TelegramHouse | WeChatHouse | SmsHouse
PUSHED = (TelegramHouse, WeChatHouse, SmsHouse)


@asynccontextmanager
async def opened(
    house: PushHouse | WebHouse, database_url: str, folder: Path
) -> AsyncIterator[TestClient]:
    """The gateway with the house's door."""
    async with AsyncExitStack() as stack:
        doors = []
        if not isinstance(house, WebHouse):
            url = await stack.enter_async_context(served(house.fake.application()))
            doors = [house.door(url)]
        yield await stack.enter_async_context(gateway_with(database_url, folder, *doors))
