"""Tables as CSV (RFC 4180) that a spreadsheet may open: no cell is read as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def to_csv(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A heading and rows, with line breaks as the RFC has them."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows([_guarded(cell) for cell in row] for row in rows)
    return out.getvalue()


def _guarded(cell: str) -> str:
    """An apostrophe keeps a spreadsheet from computing what came from data."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
