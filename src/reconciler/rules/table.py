"""The catalogue as a document: docs/rules.md is this, word for word."""

from __future__ import annotations

from typing import Final

from reconciler.rules.case import Topic
from reconciler.rules.catalogue import RULES

_TITLES: Final[dict[Topic, str]] = {
    Topic.SHAPE: "Shape: what is named must be well formed, known and possible",
    Topic.AUTHORITY: "Authority: who may do it (default: nobody)",
    Topic.INVARIANT: "Invariants: what holds at every moment",
    Topic.CONTENT: "Content and its receivers",
    Topic.REQUEST: "Access requests",
    Topic.POLICY: "Policy: what a run is held to (policy.yaml)",
    Topic.MIGRATION: "Domain migration",
}
_HEAD: Final = """\
# Rules

Every rule has an id that messages, plans and tests cite. The same functions judge a desired state,
every prefix of a plan, and each operation inside the live store. All refuse, unless a rule says
that it warns. This page is made from the code (`python -m reconciler.rules.table`); the same list
is printed by `reconciler rules`.
"""


def rules_markdown() -> str:
    """The catalogue as Markdown: a table for each topic, ending in a line break."""
    parts = [_HEAD]
    for topic in Topic:
        parts += ["", f"## {_TITLES[topic]}", "", "| rule | name | what it says |", "|---|---|---|"]
        parts += [f"| {r.id} | {r.name} | {r.says} |" for r in RULES if r.topic is topic]
    return "\n".join(parts).replace("\n\n\n", "\n\n") + "\n"


if __name__ == "__main__":
    import sys

    sys.stdout.write(rules_markdown())
