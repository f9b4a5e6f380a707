"""Who approved a plan, what is missing and who could give it: as text, Markdown and JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from reconciler.applying.approvals import Coverage, how_to_complete, left
from reconciler.model.email import Email
from reconciler.planning.plan import Change, Plan
from reconciler.reports.describe import describe
from reconciler.reports.done import subject_text
from reconciler.reports.escape import for_markdown, for_terminal
from reconciler.reports.paint import Paint, Tone
from reconciler.reports.words import counted

SHOWN: Final = 50
"""How many missing changes a text names before it counts the rest."""
_GROUPS: Final = 6


def approvals_lines(plan: Plan, covers: Coverage, paint: Paint) -> Iterator[str]:
    """The lines of a terminal."""
    yield paint(for_terminal(_title(plan, covers)), Tone.HEADING)
    for email, count in _counts(covers):
        yield f"  {paint('+', Tone.ADD)} {for_terminal(f'{email}  approves {count}')}"
    for email, why in sorted(covers.objections.items()):
        yield f"  {paint('!', Tone.RISK)} {for_terminal(f'{email}  does not count: {why}')}"
    if covers.missing:
        yield ""
        yield paint(f"Missing ({len(covers.missing):,})", Tone.HEADING)
        yield from (f"  {for_terminal(_missing(m.change))}  "
                    f"{paint(for_terminal(f'[{m.finding.how}]'), Tone.QUIET)}"
                    for m in covers.missing[:SHOWN])
        if len(covers.missing) > SHOWN:
            yield f"  and {len(covers.missing) - SHOWN:,} more"
    yield ""
    yield for_terminal(_conclusion(plan, covers))


def approvals_markdown(plan: Plan, covers: Coverage) -> str:
    """The same within a comment on a pull request."""
    lines = [f"**{for_markdown(_title(plan, covers))}**", ""]
    lines += [f"- {for_markdown(email)} approves {count}" for email, count in _counts(covers)]
    lines += [f"- {for_markdown(email)} does not count: {for_markdown(why)}"
              for email, why in sorted(covers.objections.items())]
    for m in covers.missing[:SHOWN]:
        lines.append(f"- missing: {for_markdown(_missing(m.change))} "
                     f"({for_markdown(m.finding.how)})")
    if len(covers.missing) > SHOWN:
        lines.append(f"- and {len(covers.missing) - SHOWN:,} more")
    return "\n".join([*lines, "", for_markdown(_conclusion(plan, covers))]).strip() + "\n"


def approvals_document(plan: Plan, covers: Coverage) -> dict[str, Any]:
    """The same for a program."""
    return {
        "organization": plan.organization,
        "plan": plan.digest,
        "required": covers.required,
        "sufficient": covers.sufficient,
        "actor": covers.actor,
        "author": covers.author,
        "covered": [{"change": key, "approvers": list(people)}
                    for key, people in covers.covered.items()],
        "missing": [{"change": m.change.key, "who_may": m.change.who_may, "what": m.finding.what,
                     "how": m.finding.how} for m in covers.missing],
        "objections": dict(sorted(covers.objections.items())),
        "ask": list(covers.ask),
        "instead": list(covers.instead),
        "nobody": [c.key for c in covers.nobody],
    }


def _title(plan: Plan, covers: Coverage) -> str:
    by = f", proposed by {covers.author}" if covers.author else ""
    return (f"Approvals of the plan for {plan.organization}: "
            f"{counted(len(plan.changes), 'change')}{by}")


def _counts(covers: Coverage) -> Iterable[tuple[Email, str]]:
    approvers = covers.covered.values()
    return [(e, counted(sum(e in people for people in approvers), "change"))
            for e in covers.counted]


def _missing(change: Change) -> str:
    sign, text = describe(change.operation, change.before, change.after, most=_GROUPS)
    return f"{sign} {subject_text(change.operation.subject)}  {text}"


def _conclusion(plan: Plan, covers: Coverage) -> str:
    if not plan.changes:
        return "Nothing is to be approved: the plan has no changes."
    if not covers.missing:
        return "Approved: every change is."
    lacks = left(covers, plan)
    if not covers.required:
        whose = f", as {covers.actor} runs it" if covers.actor else ""
        return f"Not required by the policy{whose}: {lacks}."
    way = how_to_complete(covers)
    return f"Not approved: {lacks}{f'; {way}' if way else ''}."
