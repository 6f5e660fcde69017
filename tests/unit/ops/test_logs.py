"""What is personal does not reach the log."""

import io
import json
import logging

import pytest
import structlog

from bot import logs


@pytest.fixture(autouse=True)
def _restored_logging():
    root = logging.getLogger()
    before = (root.level, root.handlers[:])
    yield
    root.level, root.handlers[:] = before
    logging.captureWarnings(False)
    structlog.reset_defaults()


@pytest.mark.parametrize(
    ("written", "logged"),
    [
        ("打给13811112222的", "打给138****2222的"),
        ("户号1000002468", "户号100****468"),
        ("身份证11010519491231002X", "身份证110105********002X"),
        ("postgresql://u:hunter2@db/x", "postgresql://u:***@db/x"),
        ("单号20261124", "单号20261124"),
    ],
)
def test_numbers_are_hidden_in_any_text(written: str, logged: str) -> None:
    assert logs.mask_text(written) == logged


def test_named_personal_fields_are_withheld_at_any_depth() -> None:
    event = {"event": "x", "text": "我家没水", "slots": [{"address": "和平路1号", "n": 2}]}
    masked = logs.mask(None, "info", event)
    assert masked == {"event": "x", "text": "***", "slots": [{"address": "***", "n": 2}]}


def test_structlog_and_standard_logging_both_pass_the_mask() -> None:
    stream = io.StringIO()
    logs.configure("worker-1", "info", stream)
    structlog.get_logger("a").info("sent", to="13811112222", phone="13811112222")
    logging.getLogger("b").warning("no answer from %s", "13811112222")
    logging.getLogger("b").debug("not at this level")
    first, second = (json.loads(line) for line in stream.getvalue().splitlines())
    assert (first["process"], first["to"], first["phone"]) == ("worker-1", "138****2222", "***")
    assert second["event"] == "no answer from 138****2222"


def test_a_traceback_is_masked_too() -> None:
    stream = io.StringIO()
    logs.configure("gateway", "info", stream)
    try:
        raise ValueError("13811112222")
    except ValueError:
        structlog.get_logger("a").exception("failed")
    assert "13811112222" not in stream.getvalue()
    assert "138****2222" in json.loads(stream.getvalue())["exception"]


def test_libraries_that_tell_each_step_are_heard_only_when_something_is_wrong() -> None:
    stream = io.StringIO()
    logs.configure("worker-1", "info", stream)
    logging.getLogger("procrastinate.worker").info("Starting job")
    logging.getLogger("httpx").info("HTTP Request")
    logging.getLogger("procrastinate.worker").error("job failed")
    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == ["job failed"]
