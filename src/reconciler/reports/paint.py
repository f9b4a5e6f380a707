"""Tones: what a piece of text means, so that whoever prints may colour it.

Colour never says anything alone: every tone goes with a sign or a word.
"""

from __future__ import annotations

import enum
from collections.abc import Callable


class Tone(enum.Enum):
    """What a text means to its reader."""

    ADD = "add"
    CHANGE = "change"
    REMOVE = "remove"
    MOVE = "move"
    RISK = "risk"
    HEADING = "heading"
    QUIET = "quiet"
    ERROR = "error"
    WARNING = "warning"


Paint = Callable[[str, Tone], str]


def plain(text: str, tone: Tone) -> str:
    """Paint that leaves text as it is."""
    return text
