"""Limits that a pull request goes beyond on purpose: said in the message of its last commit.

    Close the office in Lyon

    Reconciler-Allow: removals=34
    Reconciler-Reason: The office in Lyon closes

So it is versioned and reviewed with the change, and nobody can say it of another commit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from reconciler.gitops.github.client import Client
from reconciler.gitops.github.context import unexpected
from reconciler.model.errors import InvalidInput
from reconciler.model.nearest import did_you_mean
from reconciler.model.operations import AllowLimit
from reconciler.model.policy import LIMITS

ALLOW: Final = "Reconciler-Allow"
REASON: Final = "Reconciler-Reason"
LIMIT_RULES: Final = frozenset({"L02", "L06", "L07", "L08"})
"""What can be allowed: the others are no numbers."""
_LINE: Final = re.compile(r"([A-Za-z0-9-]+)[ \t]*:[ \t]*(.*)")
_ALLOWED: Final = re.compile(r"([a-z_]+)[ \t]*=[ \t]*([0-9]{1,9})")
_FORM: Final = f"end the message of the last commit with {ALLOW}: removals=34 and {REASON}: WHY"


def allowances_of(client: Client, commit: str) -> tuple[AllowLimit, ...]:
    """The limits that a commit allows to exceed. Raises what `allowances_in` and asking GitHub
    raise."""
    try:
        message = str(client.get(f"/git/commits/{commit}")["message"])
    except (KeyError, TypeError) as wrong:
        raise unexpected("a commit", wrong) from None
    return allowances_in(message)


def allowances_in(message: str) -> tuple[AllowLimit, ...]:
    """The limits that a commit's message allows to exceed, sorted; none where it says nothing of
    them. Raises InvalidInput for one that says it in another form, or without a reason."""
    allowed: dict[str, int] = {}
    reasons = []
    for name, value in _trailers(message):
        if name.lower() == REASON.lower():
            reasons.append(value)
        elif name.lower() == ALLOW.lower():
            limit, count = _allowance(value)
            if limit in allowed:
                raise InvalidInput(f"the commit allows {limit} twice", how="say it once")
            allowed[limit] = count
    if not allowed and not reasons:
        return ()
    if not allowed:
        raise InvalidInput(f"the commit has a {REASON} and allows nothing", how=_FORM)
    if len(reasons) != 1 or not reasons[0]:
        raise InvalidInput(f"the commit allows {min(allowed)} to be exceeded and says "
                           f"{'why more than once' if len(reasons) > 1 else 'not why'}", how=_FORM)
    return tuple(AllowLimit(limit, allowed[limit], reasons[0]) for limit in sorted(allowed))


def _allowance(value: str) -> tuple[str, int]:
    found = _ALLOWED.fullmatch(value)
    if found is None:
        raise InvalidInput(f"{ALLOW}: {value!r} is not LIMIT=NUMBER", how=_FORM)
    if found[1] not in LIMITS:
        raise InvalidInput(f"there is no limit {found[1]}", how=(
            did_you_mean(found[1], LIMITS) or f"limits are {', '.join(LIMITS)}"))
    return found[1], int(found[2])


def _trailers(message: str) -> Iterator[tuple[str, str]]:
    """`Name: value` lines of the last paragraph, as git has them; a subject has none."""
    paragraphs = re.split(r"\n[ \t]*\n", message.replace("\r\n", "\n").strip())
    for line in paragraphs[-1].split("\n") if len(paragraphs) > 1 else ():
        found = _LINE.fullmatch(line.strip())
        if found is not None:
            yield found[1], found[2].strip()
