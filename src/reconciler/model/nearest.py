"""The known name that a mistyped one most likely meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The closest known name, or None where nothing is close."""
    found = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    return found[0] if found else None


def nearest_address(email: str, known: Iterable[str]) -> str | None:
    """The known address of nearly that name: domains are alike anyway."""
    named = {each.partition("@")[0]: each for each in known}
    close = nearest(email.partition("@")[0], named)
    return named[close] if close is not None else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """` did you mean NAME?`-style help, or an empty text."""
    close = nearest(name, known)
    return f"did you mean {close}?" if close else ""
