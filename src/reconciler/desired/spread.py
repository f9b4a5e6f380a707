"""Many files at once: work that only computes, spread over the processors of this machine."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

T = TypeVar("T")
R = TypeVar("R")
WORTH_IT: Final = 2_000_000
"""From how many bytes on starting a process costs less than it saves."""
_MOST_PROCESSES: Final = 4


def spread(
    work: Callable[[T], R], items: Sequence[T], sizes: Sequence[int], *, worth: int = WORTH_IT
) -> list[R]:
    """`work` of every item, in the order of the items. Where all of them together have at least
    `worth` bytes, other processes take their share.

    What `work` gives must be picklable, and it must not change anything. An item whose process
    fails is worked on here, so that what it raises is raised here.
    """
    shares = _shares(sizes) if sum(sizes) >= worth else []
    if len(shares) < 2:
        return [work(item) for item in items]
    done: dict[int, R] = {}
    mine, *others = shares
    helpers = [(share, *_start(work, items, share)) for share in others]
    for number in mine:
        done[number] = work(items[number])
    for share, process, results in helpers:
        with suppress(EOFError, OSError):
            done.update(zip(share, results.recv(), strict=True))
        results.close()
        process.join()
    return [done[n] if n in done else work(item) for n, item in enumerate(items)]


def processors() -> int:
    """How many processors this process may use; 1 where it cannot be forked safely."""
    # Forking is what makes spreading cheap; other systems' libraries do not stand it.
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else 1


def _shares(sizes: Sequence[int]) -> list[list[int]]:
    """Numbers of items for each process, about the same bytes for each, the largest first."""
    number_of = min(processors(), _MOST_PROCESSES, len(sizes))
    shares: list[list[int]] = [[] for _ in range(number_of)]
    loads = [0] * len(shares)
    for number in sorted(range(len(sizes)), key=lambda n: (-sizes[n], n)) if shares else ():
        least = loads.index(min(loads))
        shares[least].append(number)
        loads[least] += sizes[number]
    return shares


def _start(
    work: Callable[[T], R], items: Sequence[T], share: Sequence[int]
) -> tuple[Any, Connection]:
    from multiprocessing import get_context

    forking = get_context("fork")
    reading, writing = forking.Pipe(duplex=False)
    process = forking.Process(target=_run, args=(work, items, share, writing), daemon=True)
    process.start()
    # This end stays with the helper alone: when it dies, the other end says so.
    writing.close()
    return process, reading


def _run(
    work: Callable[[T], R], items: Sequence[T], share: Sequence[int], results: Connection
) -> None:
    """In the helper: all of its share or nothing, and not a word."""
    # Whoever stops the command by hand is told so once.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        results.send([work(items[number]) for number in share])
    except BaseException:  # noqa: BLE001 - the starting process does it again, and raises it
        os._exit(1)
    os._exit(0)
