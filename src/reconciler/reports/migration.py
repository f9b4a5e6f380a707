"""A domain migration in words: how many move, what goes along, and who loses what."""

from __future__ import annotations

from typing import Final

from reconciler.model.images import Image
from reconciler.reports.words import counted, listed, named

SHOWN: Final = 10
"""How many people who lose something are named; the plan and the audit log hold all of them."""


def migration_text(new: str, before: Image) -> str:
    """`move 12 people to new.example: ...`, from the image before it."""
    members = before.get("members", {})
    return (f"move {counted(len(members), 'person')} to {named(new)}: {_carried(before)}, "
            f"{_lost(before)}; everybody signs in again; cannot be undone")


def _carried(before: Image) -> str:
    kinds: dict[str, int] = {}
    for owned in before.get("members", {}).values():
        for kind, number in owned["carried"].items():
            kinds[kind] = kinds.get(kind, 0) + number
    if not kinds:
        return "no content goes along"
    parts = ", ".join(counted(kinds[kind], kind) for kind in sorted(kinds))
    return f"{parts} go{'es' if sum(kinds.values()) == 1 else ''} along"


def _lost(before: Image) -> str:
    lost = before.get("lost", 0)
    if not lost:
        return "nothing is lost"
    whom = [f"{email} {owned['lost']:,}" for email, owned in sorted(before["members"].items())
            if owned["lost"]]
    return (f"{counted(lost, 'item')} in personal spaces {'is' if lost == 1 else 'are'} lost "
            f"({listed(whom, most=SHOWN)})")
