"""A worker that starts knows the dead of its own host, and of no other."""

import os
import socket
import subprocess
import sys

from bot import worker_names

HOST = socket.gethostname()


def test_the_dead_of_this_host_are_told_from_the_living() -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    dead, living = f"worker-1@{HOST}:{gone.pid}", f"worker-2@{HOST}:{os.getppid()}"
    elsewhere = f"worker-1@another-host:{gone.pid}"
    assert worker_names.dead_here([dead, living, elsewhere, "terminal"]) == [dead]


def test_who_had_our_number_before_is_dead() -> None:
    assert worker_names.dead_here([worker_names.own("worker-3")])
