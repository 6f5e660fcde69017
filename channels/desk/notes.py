"""Notes among staff on a conversation: a table, a form and an address of their own.

They are never in the outbox, so no channel can send them.
"""

from aiohttp import web

from channels.database import Pool
from channels.desk.parts import DeskRefused, conversation_of, parts_of, staff_of
from channels.desk.replying import key_of

LONGEST_NOTE = 2000  # characters

ADD = """
WITH noted AS (
    INSERT INTO channels.note (conversation_id, seq, author, text, form_key)
    SELECT conversation_id, last_seq, %(author)s, %(text)s, %(key)s
      FROM channels.conversation WHERE conversation_id = %(conversation_id)s
    ON CONFLICT (form_key) DO NOTHING
    RETURNING conversation_id
)
SELECT pg_notify('outbox', channel || ':' || channel_user)
  FROM noted JOIN channels.conversation USING (conversation_id)
"""


async def add(pool: Pool, conversation_id: str, author: str, text: str, key: str) -> None:
    """Once for the key, and shown to all who look at the conversation."""
    values = {"conversation_id": conversation_id, "author": author, "text": text, "key": key}
    async with pool.connection() as connection:
        await connection.execute(ADD, values)


async def note(request: web.Request) -> web.StreamResponse:
    text = str((await request.post()).get("note", "")).replace("\0", "").strip()
    if not text:
        raise DeskRefused("empty", 422)
    if len(text) > LONGEST_NOTE:
        raise DeskRefused("note_too_long", 422, limit=LONGEST_NOTE)
    found = conversation_of(request)
    key = await key_of(request)
    await add(
        parts_of(request).pool, found.conversation_id, staff_of(request).name, text, f"note:{key}"
    )
    raise web.HTTPSeeOther(f"/desk/conversations/{found.conversation_id}")
