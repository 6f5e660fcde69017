"""The chat as its customer sees and uses it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from billing_client.demo.making import USER_PREFIX
from tests.dialogue.person import Person


@dataclass
class ChatPage:
    page: Page
    person: Person
    base_url: str
    screenshots: Path

    def open(self) -> None:
        name = self.person.channel_user.removeprefix(USER_PREFIX)
        self.page.goto(f"{self.base_url}/chat?as={name}")
        self.wait_until_online()

    def wait_until_online(self) -> None:
        expect(self.page.locator("#state")).to_have_class("online")

    @property
    def text(self) -> Locator:
        return self.page.get_by_label("要说的话")

    @property
    def log(self) -> Locator:
        return self.page.get_by_role("log")

    def said(self) -> list[str]:
        """All that the customer said, as it is shown."""
        return self.page.locator("#log > li.user .bubble").all_inner_texts()

    def replies(self) -> Locator:
        return self.page.locator("#log > li.bot, #log > li.system, #log > li.agent")

    def say(self, text: str, *answer: str) -> Locator:
        """Say it, and return the reply that holds all of ``answer`` when it has come."""
        return self._answered(lambda: (self.text.fill(text), self.text.press("Enter")), answer)

    def choose(self, option: str, *answer: str) -> Locator:
        """Press one of the buttons under the newest question."""
        button = self.log.get_by_role("button", name=option, exact=True)
        return self._answered(button.click, answer)

    def pushed(self, *texts: str) -> Locator:
        """A message that comes, or has come, by itself."""
        return self._holding(self.replies(), texts)

    def _answered(self, act: Callable[[], object], texts: tuple[str, ...]) -> Locator:
        before = self.replies().count()
        act()
        fresh = self.page.locator(
            f":nth-match(#log > :is(li.bot, li.system, li.agent), {before + 1}), "
            f":nth-match(#log > :is(li.bot, li.system, li.agent), {before + 1}) ~ li"
        )
        return self._holding(fresh, texts)

    def _holding(self, replies: Locator, texts: tuple[str, ...]) -> Locator:
        for text in texts:
            replies = replies.filter(has_text=self.person.fill(text))
        expect(replies.first).to_be_visible()
        return replies.first

    def shoot(self, name: str) -> None:
        self.page.wait_for_timeout(300)  # scrolling glides
        self.page.screenshot(path=self.screenshots / f"{name}.png")
