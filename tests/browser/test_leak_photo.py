"""A leak is reported with a photo; what is no photo is refused with a sentence."""

import json
import os
from pathlib import Path

import psycopg
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenChat
from tests.running_system import RunningSystem

SHOWN = "#log > li.user .bubble img"


def test_a_leak_with_a_photo_becomes_a_repair_order(
    open_chat: OpenChat, system: RunningSystem, tmp_path: Path
) -> None:
    chat = open_chat("bound-paid")
    chat.say("建设路12号楼下水管漏水了", "")
    _send(chat.page, _photo(chat.page, tmp_path / "leak.jpg", 3000, 2000, "image/jpeg"))
    shown = chat.page.locator(SHOWN)
    expect(shown).to_have_attribute("alt", "您发的照片")
    expect(chat.replies().last).to_contain_text("照片")
    chat.shoot("leak-photo")

    stored = _one(
        system,
        "SELECT payload FROM channels.inbox WHERE channel_user = %s ORDER BY seq DESC LIMIT 1",
        chat.person.channel_user,
    )
    payload = stored if isinstance(stored, dict) else json.loads(str(stored))
    [photo] = payload["attachments"]
    seen = chat.page.request.get(f"{system.base_url}/web/photos/{photo}")
    assert seen.ok
    assert len(seen.body()) < 1_500_000
    chat.page.reload()
    kept = chat.page.locator(SHOWN)
    assert kept.evaluate("img => img.decode().then(() => img.naturalWidth)") == 2000


def test_a_file_that_is_no_photo_is_refused(open_chat: OpenChat, tmp_path: Path) -> None:
    chat = open_chat()
    for name in ("合同.pdf", "漏水.jpg"):
        (tmp_path / name).write_bytes(b"%PDF-1.7 not a picture")
        _send(chat.page, tmp_path / name)
        expect(chat.page.get_by_role("alert")).to_have_text("请发送 JPEG、PNG 或 WebP 格式的照片。")
    expect(chat.page.locator("#log > li.refused")).to_have_count(2)
    chat.shoot("photo-refused")


def test_a_huge_file_is_refused_and_the_chat_goes_on(open_chat: OpenChat, tmp_path: Path) -> None:
    chat = open_chat()
    huge = tmp_path / "huge.png"
    huge.write_bytes(os.urandom(9 * 1024 * 1024))
    _send(chat.page, huge)
    expect(chat.page.get_by_role("alert")).to_have_text("照片不能超过 8 MB，请换一张小的。")
    chat.say("你好", "")


def _photo(page: Page, path: Path, width: int, height: int, kind: str) -> Path:
    """A picture drawn by the browser itself."""
    drawn = page.evaluate(
        """async ([width, height, kind]) => {
            const canvas = Object.assign(document.createElement('canvas'), {width, height});
            const pen = canvas.getContext('2d');
            pen.fillStyle = '#789'; pen.fillRect(0, 0, width, height);
            pen.fillStyle = '#36c'; pen.fillRect(width * .4, height * .3, width * .2, height * .7);
            const blob = await new Promise(done => canvas.toBlob(done, kind));
            return [...new Uint8Array(await blob.arrayBuffer())];
        }""",
        [width, height, kind],
    )
    path.write_bytes(bytes(drawn))
    return path


def _send(page: Page, file: Path) -> None:
    page.get_by_label("发照片").set_input_files(file)


def _one(system: RunningSystem, query: str, *values: object) -> object:
    with psycopg.connect(system.database_url) as connection:
        row = connection.execute(query, values).fetchone()  # pyright: ignore
    assert row is not None
    return row[0]
