"""Processes that tests interrupt."""

from __future__ import annotations

import signal
import time
from pathlib import Path


def interruptible() -> None:
    """For a process before it begins: a job in the background ignores interruptions, and so would
    what it starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def wait_for_children(pid: int, *, seconds: float = 30.0) -> None:
    """Wait until a process has started others (Linux)."""
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if listed.read_text().strip():
            return
        time.sleep(0.02)
    raise AssertionError(f"process {pid} started no other in {seconds:g} seconds")
