"""Customers of the web chat who go on, as its page does, whatever happens to the other side."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

import httpx

PATIENCE_SECONDS = 120
AGAIN_SECONDS = 0.3
APOLOGY = "抱歉，系统出了点问题"


@dataclass
class Customer:
    """Sends each message until it is acknowledged, with the same id, and follows the events.

    ``acknowledged`` maps the message's id to the number it was acknowledged with.
    """

    client: httpx.AsyncClient
    token: str
    lines: tuple[str, ...]
    sends_all_at_once: bool = False
    acknowledged: dict[str, int] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    is_over: bool = False
    """The bot apologised and a person takes over: nothing more is said."""

    async def talk(self) -> None:
        """Say the lines; wait for an answer to each, or, sent all at once, to the last."""
        for number, line in enumerate(self.lines):
            await self.say(f"m{number}", line)
            if not self.sends_all_at_once:
                await self.wait_for_answer()
            if self.is_over:
                return
        await self.wait_for_answer()

    async def say(self, message_id: str, text: str) -> None:
        answer = await self._ask("POST", "/web/messages", json={"id": message_id, "text": text})
        assert answer["t"] == "ack", answer
        self.acknowledged[message_id] = answer["seq"]

    async def wait_for_answer(self) -> None:
        """Raises AssertionError when a message stays without an answer."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (self.is_over or self._is_answered()):
            assert time.monotonic() < deadline, f"no answer: {self.acknowledged} {self.events}"
            await self.read()

    async def read(self) -> None:
        """The next events, or none after a while."""
        last = self.events[-1]["seq"] if self.events else 0
        news = await self._ask("GET", "/web/poll", params={"last": last})
        self.events += news
        self.is_over |= any(event["text"].startswith(APOLOGY) for event in news)

    def link(self) -> str | None:
        """The last link that was sent."""
        links = [event["link"]["url"] for event in self.events if event.get("link")]
        return links[-1] if links else None

    def _is_answered(self) -> bool:
        asked = max(self.acknowledged.values(), default=0)
        return any(event["t"] == "bot" and event["seq"] > asked for event in self.events)

    async def _ask(self, method: str, path: str, **content: Any) -> Any:
        """Until the gateway takes it: it may be down, or ask for patience (429)."""
        origin = str(self.client.base_url).rstrip("/")
        headers = {"Authorization": f"Bearer {self.token}", "Origin": origin}
        while True:
            try:
                answer = await self.client.request(method, path, headers=headers, **content)
                if answer.status_code == httpx.codes.OK:
                    return answer.json()
                assert answer.status_code in (429, 500, 503), answer.text
            except httpx.TransportError:
                pass
            await asyncio.sleep(AGAIN_SECONDS)


async def pay(client: httpx.AsyncClient, url: str) -> None:
    """Press 支付成功 on the page behind ``url`` until the sandbox has taken it."""
    while True:
        try:
            page = await client.get(url, follow_redirects=True)
            if page.is_success:
                pressed = await client.post(page.url, data={"act": "pay"})
                if pressed.is_success:
                    return
        except httpx.TransportError:
            pass
        await asyncio.sleep(AGAIN_SECONDS)
