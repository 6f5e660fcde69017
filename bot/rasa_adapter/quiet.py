"""Keeps Rasa from preparing log lines that nobody reads.

Rasa 3.6.21 copies every event, slot and entity deeply for its debug lines, whether or not
they are printed.
"""

import logging
from types import SimpleNamespace

import structlog

LEVEL = logging.WARNING


def install() -> None:
    """Let the processor's debug lines go at once. Raises AttributeError when Rasa has changed."""
    from rasa.core import processor

    debug_lines_dropped = structlog.wrap_logger(
        logging.getLogger(processor.__name__),
        wrapper_class=structlog.make_filtering_bound_logger(LEVEL),
    )
    # In the processor deep copies are made for log lines alone.
    no_copies = SimpleNamespace(deepcopy=lambda value: value)
    for name, ours in {"structlogger": debug_lines_dropped, "copy": no_copies}.items():
        getattr(processor, name)
        setattr(processor, name, ours)
    logging.getLogger("rasa").setLevel(LEVEL)
