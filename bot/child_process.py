"""Child processes that never outlive the process that started them."""

import ctypes
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

PR_SET_PDEATHSIG = 1  # linux/prctl.h; man 2 PR_SET_PDEATHSIG

_libc = ctypes.CDLL(None, use_errno=True)


def start_child(
    command: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    output: IO[bytes] | int | None = None,
    user: str | None = None,
    folder: Path | None = None,
    when_orphaned: signal.Signals = signal.SIGKILL,
) -> subprocess.Popen[bytes]:
    """Start ``command`` in a process group of its own and without standard input.

    When this process ends, even by ``kill -9``, the kernel sends ``when_orphaned``
    to the child. Call it from the main thread only: the kernel watches the thread
    that started the child, not the whole process.
    """
    parent = os.getpid()

    def tie_to_parent() -> None:
        # Runs in the child, after the change of user (which would undo it) and before exec.
        if _libc.prctl(PR_SET_PDEATHSIG, int(when_orphaned)) != 0:
            os._exit(126)
        if os.getppid() != parent:  # the parent ended before the kernel was asked
            os._exit(125)

    return subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        user=user,
        group=user,
        extra_groups=[] if user else None,
        cwd=folder,
        process_group=0,  # Ctrl-C reaches the supervisor alone, which stops children in order
        preexec_fn=tie_to_parent,  # noqa: PLW1509 - the main thread starts children, see above
    )
