"""One step of the work in a process of its own: `steps.py STEP PATH [STORE]` prints its seconds.

`run.py` starts these, so that each has its own peak of memory.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path


def stream(path: Path, _: str) -> float:
    """The yardstick: the C parser's events and our own builder over the same bytes, no more."""
    from reconciler.desired.stream import parse_fast
    from reconciler.model.collecting import without_collection

    data = [file.read_bytes() for file in sorted(path.parent.rglob("*.yaml"))]
    with without_collection():
        start = time.perf_counter()
        kept = [parse_fast(each) for each in data]
        seconds = time.perf_counter() - start
    assert kept
    return seconds


def load(path: Path, _: str) -> float:
    """Loading: parse, validate, merge, and hold as values."""
    from reconciler.desired.load import load

    start = time.perf_counter()
    state = load(path)
    seconds = time.perf_counter() - start
    assert state.members
    return seconds


def read(_: Path, store: str) -> float:
    """Reading the live store as a plan does: its frame and one short row a member."""
    from reconciler.live.connect import open_store

    opened = open_store(store)
    start = time.perf_counter()
    with opened.reader("acme") as reader:
        frame = reader.frame()
        rows = list(reader.roster())
    seconds = time.perf_counter() - start
    assert rows
    assert frame.groups
    return seconds


def difference(path: Path, store: str) -> float:
    """Comparing what is loaded with the live store, which is read on the way."""
    from reconciler.desired.load import load
    from reconciler.live.connect import open_store
    from reconciler.planning.difference import compare
    from reconciler.planning.lifecycle.resolve import resolve

    state = load(path)
    with open_store(store).reader("acme") as reader:
        start = time.perf_counter()
        frame = reader.frame()
        compare(resolve(state, frame, reader, datetime.now(UTC)), frame, reader)
        return time.perf_counter() - start


STEPS: dict[str, Callable[[Path, str], float]] = {
    "stream": stream, "load": load, "read": read, "difference": difference,
}


def main() -> None:
    step, path, store = sys.argv[1], Path(sys.argv[2]), (sys.argv[3:] or [""])[0]
    print(STEPS[step](path, store))


if __name__ == "__main__":
    main()
