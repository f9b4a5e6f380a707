"""One line for one operation that was performed."""

from __future__ import annotations

from typing import Final

from reconciler.model.images import Image
from reconciler.model.operations import Login, Operation
from reconciler.reports.describe import Sign, describe
from reconciler.reports.escape import for_terminal
from reconciler.reports.paint import Paint, Tone, plain
from reconciler.reports.words import named

TONE_OF: Final[dict[Sign, Tone]] = {
    Sign.ADD: Tone.ADD, Sign.CHANGE: Tone.CHANGE, Sign.REMOVE: Tone.REMOVE, Sign.MOVE: Tone.MOVE,
}

_SHOWN: Final = 10
"""Of more groups or people than this the rest is counted."""


def subject_text(subject: str) -> str:
    """A subject as people call it: an email, `group analysts`, `setting tier`."""
    kind, colon, name = subject.partition(":")
    if colon and kind in ("group", "project", "team-space", "team", "setting", "content",
                          "organization", "domain", "limit", "run"):
        return f"{kind.replace('-', ' ')} {named(name)}"
    return subject


def done_line(operation: Operation, before: Image, after: Image, paint: Paint = plain) -> str:
    """`~ sam@acme.example  role: user -> admin`, escaped."""
    if before == after and not isinstance(operation, Login):
        text = f"  {subject_text(operation.subject)}  no change ({operation.kind})"
        return paint(for_terminal(text), Tone.QUIET)
    said = describe(operation, before, after, most=_SHOWN)
    return (f"{paint(said.sign, TONE_OF[said.sign])} "
            f"{for_terminal(subject_text(operation.subject))}  {for_terminal(said.text)}")
