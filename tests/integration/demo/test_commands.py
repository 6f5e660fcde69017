"""``xiaoshui demo …`` as the operator types it."""

import json
from datetime import date

import psycopg
import pytest
from typer.testing import CliRunner, Result

from billing_client.demo import city
from bot.commands.demo import app


@pytest.fixture
def standing(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A small city at the address that the commands read from the environment."""
    city.fill(database_url, 7, date(2026, 11, 24), accounts=3)
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("XIAOSHUI_ENV", "demo")
    return database_url


def typed(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


@pytest.mark.parametrize(
    "words", ["list", "make unpaid=1", "reset", "pay XS1", "code 13800000000", "clock --real"]
)
def test_production_refuses(standing: str, monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    monkeypatch.setenv("XIAOSHUI_ENV", "production")
    refused = typed(*words.split())
    assert refused.exit_code != 0
    assert str(refused.exception) == "正式环境不能使用演示命令。"


def test_list_names_everyone(standing: str) -> None:
    said = typed("list").output
    assert "night-leak" in said
    assert "two-accounts-2" in said
    assert "夜里水表一直在走" in said


def test_make_answers_in_json(standing: str) -> None:
    made = json.loads(typed("make", "name=sun", "unpaid=1", "class=SPECIAL").output)
    assert made["name"] == "sun"
    assert made["account_no"].startswith("1000")
    assert made["phone"].startswith("13")
    assert made["last_reading_m3"] > 0


def test_make_refuses_with_the_allowed_values(standing: str) -> None:
    refused = typed("make", "class=FARM")
    assert "RESIDENT、SHARED" in str(refused.exception)


def test_clock_is_set_read_and_let_go(standing: str) -> None:
    assert typed("clock", "2026-11-23 22:30", "--still").output == "演示时间:2026-11-23 22:30\n"
    assert typed("clock").output == "演示时间:2026-11-23 22:30\n"
    assert "2026-11-23 22:30" not in typed("clock", "--real").output
    assert "2026-11-23 22:30" in str(typed("clock", "昨天").exception)


def test_code_is_the_last_one_sent(standing: str) -> None:
    with psycopg.connect(standing) as connection:
        for text in ("验证码111111,5分钟内有效", "验证码222222,5分钟内有效"):
            connection.execute(
                "INSERT INTO billing.sandbox_sms (phone, text, sent_at) VALUES (%s, %s, now())",
                ["13800000001", text],
            )
    assert typed("code", "13800000001").output == "222222\n"
    assert "13800000002" in str(typed("code", "13800000002").exception)


def test_pay_needs_an_order(standing: str) -> None:
    assert "XS404" in str(typed("pay", "XS404").exception)


def test_reset_forgets_customers_and_conversations(standing: str) -> None:
    with psycopg.connect(standing) as connection:
        connection.execute(
            "INSERT INTO channels.conversation (conversation_id, channel, channel_user, pulled)"
            " VALUES ('c1', 'web', 'demo:sun', true)"
        )
    typed("make", "name=sun")
    assert typed("reset").exit_code == 0
    with psycopg.connect(standing) as connection:
        left = connection.execute(
            "SELECT (SELECT count(*) FROM channels.conversation),"
            " (SELECT count(*) FROM billing.account WHERE demo_name = 'sun')"
        ).fetchone()
    assert left == (0, 0)
