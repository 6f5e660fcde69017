"""Options as buttons under a message, and back.

A button carries at most 64 bytes (core.telegram.org/bots/api#inlinekeyboardbutton), a
title of Chinese can be longer, so it carries the place of the option: the number of our
message in the customer's conversation and of the option in it. Whoever forges one gets an
option that was once offered in the same conversation, or nothing.
"""

import re

from channels.database import Pool

CHANNEL = "telegram"
LONGEST_TITLE = 64  # characters; a longer one is cut by the phone anyway
CHOSEN_MARK = "✓ "
NOTHING = "-"  # what the button that shows the choice carries
PLACE = re.compile(r"(\d{1,15})\.(\d{1,3})", re.ASCII)

OPTION = """
SELECT o.reply -> 'options' -> %(number)s::int ->> 'title'
  FROM channels.conversation c JOIN channels.outbox o USING (conversation_id)
 WHERE c.channel = 'telegram' AND c.channel_user = %(user)s AND o.seq = %(seq)s
"""

Markup = dict[str, list[list[dict[str, str]]]]


def keyboard(titles: tuple[str, ...], seq: int, link: tuple[str, str] | None) -> Markup | None:
    """One button a row, the link first; None without any."""
    rows = [[{"text": link[0], "url": link[1]}]] if link else []
    rows += [
        [{"text": title[:LONGEST_TITLE], "callback_data": f"{seq}.{number}"}]
        for number, title in enumerate(titles)
    ]
    return {"inline_keyboard": rows} if rows else None


def chosen(title: str) -> Markup:
    """What replaces the buttons once one is pressed: the choice, as the chat shows no press."""
    shown = {"text": f"{CHOSEN_MARK}{title[:LONGEST_TITLE]}", "callback_data": NOTHING}
    return {"inline_keyboard": [[shown]]}


async def title_of(pool: Pool, channel_user: str, data: str) -> str | None:
    """The option that a pressed button stands for; None when there is none (any more)."""
    place = PLACE.fullmatch(data)
    if place is None:
        return None
    parameters = {"user": channel_user, "seq": int(place[1]), "number": int(place[2])}
    async with pool.connection() as connection:
        row = await (await connection.execute(OPTION, parameters)).fetchone()
    return None if row is None or row[0] is None else str(row[0])
