"""Tell a person at a terminal what takes long, and nobody else."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Final

from reconciler.model.collecting import without_collection

SOON: Final = 0.8
"""Seconds after which somebody who waits wants to know for what."""


class Patience:
    """Shows a status line on stderr when the work takes long: only on a terminal, and rich is
    imported only then."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._lock = threading.Lock()
        self._over = False
        self._status: Any = None
        self._timer = threading.Timer(SOON, self._show)
        self._timer.daemon = True

    def __enter__(self) -> Patience:
        if sys.stderr.isatty():
            self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        with self._lock:
            self._over = True
            if self._status is not None:
                self._status.stop()

    def _show(self) -> None:
        from rich.console import Console

        with self._lock:
            if not self._over:
                self._status = Console(stderr=True).status(f"{self._what} ...")
                self._status.start()


@contextmanager
def working(what: str) -> Iterator[None]:
    """Work on very many values that all stay: patience for people, no rounds for the collector."""
    with without_collection(), Patience(what):
        yield
