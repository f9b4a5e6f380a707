"""Keeping the garbage collector away from large amounts of values."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collection() -> Iterator[None]:
    """Without the collector, which would walk hundreds of thousands of new values again and
    again (half of the time of reading 100,000 members), and free none."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
