"""The tree of errors that stop the program, and the exit code each one means."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import Final

from reconciler.model.finding import Finding, in_order

APPROVED: Final = "L11"
"""The rule about approvals: what breaks nothing else has an exit code of its own."""


class Exit(enum.IntEnum):
    """Exit codes of the command line (architecture.md, Command line)."""

    DONE = 0
    UNEXPECTED = 1
    CHANGES = 2
    INVALID = 3
    REFUSED = 4
    UNAPPROVED = 5
    STALE = 6
    LIMIT = 7
    LOCKED = 8
    PARTIAL = 9
    UNREACHABLE = 10
    INTERRUPTED = 130


class ReconcilerError(Exception):
    """Base of everything this program raises on purpose.

    `what` says what is wrong, `how` the way out; `findings` are shown one a line.
    """

    exit: Exit = Exit.UNEXPECTED

    def __init__(self, what: str, *, how: str = "", findings: tuple[Finding, ...] = ()) -> None:
        super().__init__(what)
        self.what = what
        self.how = how
        self.findings = in_order(findings)


class InvalidInput(ReconcilerError):
    """The desired state, a plan file or an option is malformed."""

    exit = Exit.INVALID


class Refused(ReconcilerError):
    """A rule refuses it; nothing was written."""

    exit = Exit.REFUSED


class Unapproved(ReconcilerError):
    """A confirmation or approval is missing."""

    exit = Exit.UNAPPROVED


class Stale(ReconcilerError):
    """The plan is stale, expired, used or altered."""

    exit = Exit.STALE


class LimitExceeded(ReconcilerError):
    """A limit or a protection was hit."""

    exit = Exit.LIMIT


class Locked(ReconcilerError):
    """Another run holds the organization."""

    exit = Exit.LOCKED


class Unreachable(ReconcilerError):
    """The live store could not be reached or refused our credentials; nothing changed."""

    exit = Exit.UNREACHABLE


def kind_of(findings: Iterable[Finding]) -> type[ReconcilerError]:
    """What errors amount to: what is malformed comes first, then rules, then limits; approvals
    (L11) alone are a matter of their own."""
    rules = {f.rule for f in findings}
    initials = {rule[:1] for rule in rules}
    if "F" in initials:
        return InvalidInput
    if rules == {APPROVED}:
        return Unapproved
    return LimitExceeded if initials == {"L"} else Refused
