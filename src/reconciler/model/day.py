"""Days and moments, in UTC."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Final

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def as_day(text: str) -> date | None:
    """The day that YYYY-MM-DD names; None for anything else, and for a day no calendar has."""
    if not _DAY.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def moment_said(at: datetime) -> str:
    """`2026-06-01 12:00 UTC`, of a moment in UTC."""
    return f"{at:%Y-%m-%d %H:%M} UTC"
