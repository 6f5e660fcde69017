"""Keeps Rasa from preparing log lines that nobody reads, and from warning of what is so by design.

Rasa 3.6.21 copies every event, slot and entity deeply for its debug lines, whether or not
they are printed.
"""

import logging
import warnings
from types import SimpleNamespace

import structlog

LEVEL = logging.WARNING

# Warnings that tell nothing: said at every start whatever the domain, or of stories and
# rules, in whose place flows name the responses (`xiaoshui flows check` looks at those).
SAID_IN_VAIN = (
    "Slot auto-fill has been removed",
    "pkg_resources is deprecated",
    "The utterance '.*' is not used in any story or rule",
    "The intent '.*' is not used in any story or rule",
)


def install() -> None:
    """Let the processor's debug lines go at once. Raises AttributeError when Rasa has changed."""
    from rasa.utils import common

    for beginning in SAID_IN_VAIN:
        warnings.filterwarnings("ignore", beginning)
        common.EXPECTED_WARNINGS.append((UserWarning, beginning))  # its command line filters anew
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
