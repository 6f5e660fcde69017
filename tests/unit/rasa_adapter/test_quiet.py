"""Rasa's processor prepares no debug lines, and its warnings are still heard."""

import logging
import warnings

import pytest
from rasa.core import processor
from rasa.shared.utils.io import raise_warning
from rasa.utils import common


def test_nothing_is_copied_for_log_lines() -> None:
    events = [object()]
    assert processor.copy.deepcopy(events) is events


def test_debug_lines_are_dropped_and_warnings_kept(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        processor.structlogger.debug("processor.slots.log", slot_values="secret")
        processor.structlogger.warning("processor.something")
    assert "processor.something" in caplog.text
    assert "secret" not in caplog.text


def test_what_is_so_by_design_is_no_warning() -> None:
    with warnings.catch_warnings(record=True) as heard:
        warnings.resetwarnings()
        common.configure_logging_and_warnings(logging.WARNING)
        raise_warning("The utterance 'utter_x' is not used in any story or rule.")
        raise_warning("Slot 'x' has no mapping.")
    assert [str(one.message) for one in heard] == ["Slot 'x' has no mapping."]


def test_a_turn_may_take_more_actions_than_rasa_allows_by_itself() -> None:
    assert processor.MAX_NUMBER_OF_PREDICTIONS >= 30
