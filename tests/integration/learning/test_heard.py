"""What customers said is read from the channels' own tables."""

from datetime import UTC, datetime, timedelta

import psycopg

from bot.learning.heard import Heard, since

ASKED_AGAIN = "抱歉，我没听明白。"
NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
SAID = [  # seq, kind, state, days ago, text, the bot's answer
    (1, "text", "answered", 1, "水飞咋整", ASKED_AGAIN),
    (3, "voice", "answered", 1, "查水费", "本期 30 元"),
    (5, "event", "answered", 1, "subscribe", "您好"),
    (7, "text", "for_staff", 1, "师傅在吗", None),
    (9, "text", "answered", 9, "早先说的", ASKED_AGAIN),
]


def converse(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "INSERT INTO channels.conversation (conversation_id, channel, channel_user, pulled)"
            " VALUES ('c', 'web', 'u', true)"
        )
        for seq, kind, state, days, text, answer in SAID:
            connection.execute(
                "INSERT INTO channels.inbox (conversation_id, seq, channel, channel_user,"
                " channel_key, kind, text, said, state, received_at)"
                " VALUES ('c', %s, 'web', 'u', %s, %s, %s, %s, %s, %s)",
                (seq, str(seq), kind, text, text, state, NOW - timedelta(days=days)),
            )
            if answer:
                connection.execute(
                    "INSERT INTO channels.outbox (conversation_id, seq, channel, author, reply,"
                    " owner_number, answers_seq, send_key, state, pulled)"
                    " VALUES ('c', %s, 'web', 'bot', jsonb_build_object('text', %s::text), 1, %s,"
                    " %s, 'sent', true)",
                    (seq + 1, answer, seq, str(seq)),
                )


def test_lately_said_to_the_bot_and_whether_it_asked_again(database_url: str) -> None:
    converse(database_url)
    assert since(database_url, NOW - timedelta(days=2), [ASKED_AGAIN]) == [
        Heard("水飞咋整", misunderstood=True),
        Heard("查水费", misunderstood=False),
    ]
