"""What customers are told of our own accord: a payment arrived, a bill was issued, water is off.

Billing writes a notice in the transaction it tells of; here it becomes a message, once.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import structlog

from actions.wording import day, in_words, moment, month, month_range
from billing_client.client import BillingClient
from billing_client.services.mail import MailNotSent
from billing_client.services.notices import ONE_TIME_CODE
from billing_client.views import NoticeView
from bot import mailing
from bot.responses import Responses
from channels import counting, told
from channels.database import Pool
from channels.messages import Link, Reply
from channels.push import Subject, push

SECONDS_BETWEEN_LOOKS = 1.0
FOR_STAFF = "staff"  # notices of this channel are read at the desk

log = structlog.get_logger("pushes")


async def push_until(
    stop: asyncio.Event, pool: Pool, client: BillingClient, responses: Responses
) -> None:
    """Look for notices until ``stop`` is set; a database that fails is tried again."""
    while not stop.is_set():
        try:
            await push_notices(pool, client, responses)
            await pass_on_failed(pool, client)
        except Exception as error:
            log.warning("pushes.failed", error=type(error).__name__, exc_info=error)
        try:
            await asyncio.wait_for(stop.wait(), SECONDS_BETWEEN_LOOKS)
        except TimeoutError:
            continue


async def push_notices(pool: Pool, client: BillingClient, responses: Responses) -> int:
    """Push what waits now; the number of notices settled.

    A notice that was pushed and not settled comes back, and is known by its send key. One
    that cannot be told is counted and settled, so that it does not come back for ever.
    """
    notices = await client.take_notices()
    for notice in notices:
        try:
            await _push(pool, notice, responses)
        except (KeyError, ValueError) as error:
            log.error("pushes.untold", topic=notice.topic, reason=repr(error))
            await counting.count(pool, f"notice_untold:{notice.topic}")
        await client.settle_notice(notice.notice_id)
    return len(notices)


async def _push(pool: Pool, notice: NoticeView, responses: Responses) -> None:
    if notice.channel == FOR_STAFF:
        await counting.count(pool, f"notice_for_staff:{notice.topic}")
        return
    if notice.channel == mailing.CHANNEL:
        await _mail(pool, notice, responses)
        return
    await push(
        pool,
        reply_of(notice, responses),
        f"notice:{notice.notice_id}",
        conversation_id=notice.conversation_id,
        channel=notice.channel,
        channel_user=notice.channel_user,
        subject=Subject(notice.topic, notice.account_no, fields_of(notice, responses)),
    )


async def _mail(pool: Pool, notice: NoticeView, responses: Responses) -> None:
    """The last way: what fails here is counted, and looked after by nobody else."""
    try:
        await mailing.send(notice, reply_of(notice, responses).text)
    except MailNotSent as error:
        log.warning("pushes.not_mailed", topic=notice.topic, reason=str(error))
        await counting.count(pool, f"notice_unreached:{notice.topic}")
    else:
        await counting.count(pool, f"notice_mailed:{notice.topic}")


async def pass_on_failed(pool: Pool, client: BillingClient) -> int:
    """Tell billing which notices could not be delivered; the number of them."""
    failed = await told.failed(pool)
    for one in failed:
        await client.notice_failed(one.notice_id)
        await told.note_passed_on(pool, one)
    return len(failed)


PARTS = {"kind": "utter_part_kind", "state": "utter_part_order", "what": "utter_part_term"}
"""Codes of a payload that are told by a response of their own."""


def reply_of(notice: NoticeView, responses: Responses) -> Reply:
    """``utter_notice_<topic>`` with the payload's figures in words. Raises KeyError."""
    if notice.topic == ONE_TIME_CODE:
        return Reply(str(notice.payload["text"]))
    blanks = _blanks(notice, responses)
    told = responses.render(f"utter_notice_{notice.topic}", notice.channel or "", **blanks)
    if url := notice.payload.get("link_url"):
        title = responses.part(f"utter_part_link_{notice.topic}")
        return replace(told, link=Link(title, str(url)))
    return told


def fields_of(notice: NoticeView, responses: Responses) -> dict[str, str]:
    """The figures and words of a notice, for providers that fill templates of their own."""
    blanks = _blanks(notice, responses)
    return {name: str(value) for name, value in blanks.items() if value is not None}


def _blanks(notice: NoticeView, responses: Responses) -> dict[str, Any]:
    blanks: dict[str, Any] = {**_in_words(notice.payload), "account_no": notice.account_no}
    if "left_open_fen" in notice.payload:
        blanks["rest"] = responses.part(_rest(notice.payload), **blanks)
    for name, prefix in PARTS.items():
        word = f"{prefix}_{str(notice.payload.get(name, '')).lower()}"
        if word in responses:
            blanks[name] = responses.part(word)
    if "reason" in notice.payload:
        blanks["reason_words"] = _reason(str(notice.payload["reason"]), responses)
    return blanks


def _in_words(payload: Mapping[str, Any]) -> dict[str, Any]:
    """``x_fen`` also as ``x_yuan``; periods, dates ``x_on`` and moments ``x_at`` as people say."""
    words = in_words(payload)
    for name, value in payload.items():
        if name == "period":
            words[name] = month(str(value))
        elif name == "periods" and value:
            words["months"] = month_range(str(value[0]), str(value[-1]))
        elif name.endswith("_on") and value:
            words[name] = day(date.fromisoformat(str(value)))
        elif name.endswith("_at") and value:
            words[name] = moment(datetime.fromisoformat(str(value)))
    return words


def _rest(payload: Mapping[str, Any]) -> str:
    """The response that says what is left after a payment."""
    if payload["left_open_fen"] > 0:
        return "utter_part_rest_open"
    return "utter_part_rest_credit" if payload.get("credited_fen") else "utter_part_rest_clear"


def _reason(reason: str, responses: Responses) -> str:
    name = f"utter_part_reason_{reason.lower()}"
    return responses.part(name if name in responses else "utter_part_reason_other")
