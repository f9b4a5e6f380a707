"""The changes of a report in HTML: by person (and whatever else has changes), and by project."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeVar

from reconciler.planning.plan import Cause, Risk
from reconciler.reports.describe import Sign
from reconciler.reports.document import SIGNS
from reconciler.reports.html.elements import Markup, el, joined
from reconciler.reports.view import (
    KINDS,
    Block,
    Effect,
    Kind,
    Row,
    Section,
    View,
    by_project,
    cause_words,
)

T = TypeVar("T")
A_CHUNK: Final = 50
"""Entries that a browser lays out together, once they are near."""
_SAID: Final = {Sign.ADD: "gives", Sign.CHANGE: "changes", Sign.REMOVE: "takes away",
                Sign.MOVE: "hands over"}
_SHOWN: Final = {Sign.ADD: "+", Sign.CHANGE: "~", Sign.REMOVE: "\u2212", Sign.MOVE: "\u203a"}
_PILLS: Final = {Risk.IRREVERSIBLE: "cannot be undone", Risk.REMOVAL: "removal",
                 Risk.ADMIN_GRANT: "admin right", Risk.POLICY: "protection loosened",
                 Risk.LOSS: "access lost"}
_RANKS: Final = tuple(Risk)


def both_ways(view: View) -> Markup | None:
    """The changes by person and by project; None where there are none."""
    if not view.sections and not view.others:
        return None
    numbers = {id(block): number for number, block in enumerate(
        block for s in (*view.sections, *view.others) for block in s.blocks)}
    people = [_section(s, numbers, f"c{at}") for at, s in enumerate(view.sections)]
    people += [_section(s, numbers, f"o{at}", made=False) for at, s in enumerate(view.others)]
    projects = _projects(view, numbers)
    return joined(
        el("section", el("h2", "Changes by person"), *people, id="people",
           aria_label="Changes by person"),
        el("section", el("h2", "Changes by project"), *projects, id="projects",
           aria_label="Changes by project") if projects else None)


def chunks(items: Sequence[Markup], class_: str) -> Iterator[Markup]:
    """A long list as several, so that what is far from the reader need not be laid out."""
    for some in _by(items, A_CHUNK):
        far = " far" if len(some) == A_CHUNK else ""
        yield el("ul", *some, class_=f"{class_}{far}")


def _by(items: Sequence[T], number: int) -> Iterator[Sequence[T]]:
    for at in range(0, len(items), number):
        yield items[at:at + number]


def _section(
    section: Section, numbers: dict[int, int], name: str, *, made: bool = True
) -> Markup:
    # A row's own risk is said only where it is not that of the section.
    risk = min((row.risk for b in section.blocks for row in b.rows), key=_RANKS.index)
    tone = str(risk) if section.risky and risk is not Risk.NONE else "plain"
    blocks = [_block(b, numbers[id(b)], tone) for b in section.blocks]
    return el(
        "section", el("h3", section.heading, " ", _number(len(blocks))),
        *chunks(blocks, "blocks"), id=name, class_=f"part {tone}{'' if made else ' aside'}")


def _number(number: int) -> Markup:
    return el("span", f"{number:,}", class_="n")


def _block(block: Block, number: int, tone: str) -> Markup:
    # What most have is not said: the script takes a person, no risk and the file for granted.
    risks = " ".join(dict.fromkeys(str(row.risk) for row in block.rows))
    causes = " ".join(dict.fromkeys(row.cause for row in block.rows if row.cause))
    kind = None if block.kind is Kind.PERSON else KINDS[block.kind][1].replace(" ", "-")
    return el(
        "li", el("b", block.subject), el("ul", *[_row(row, tone) for row in block.rows]),
        id=f"s{number}", data_r=None if risks == Risk.NONE else risks, data_k=kind,
        data_c=None if causes == Cause.PENDING else causes)


def _row(row: Row, tone: str) -> Markup:
    why = joined(row.why, *((" ", el("code", row.place)) if row.place else ()))
    cause = cause_words(row.cause)
    return el(
        "li", _sign(row.sign),
        el("span", row.text, *_pills(row, tone),
           el("em", cause, class_=row.cause) if cause else None,
           el("em", f"needs {row.who}") if row.who else None,
           *[el("small", f"{label}: {value}") for label, value in row.details],
           class_=None if row.risk is Risk.NONE else str(row.risk)),
        el("small", why))


def _pills(row: Row, tone: str) -> Iterable[Markup]:
    if row.risk in _PILLS and str(row.risk) != tone:
        yield el("em", _PILLS[row.risk], class_=str(row.risk))


def _sign(sign: Sign) -> Markup:
    return el("i", _SHOWN[sign], class_=SIGNS[sign], role="img", aria_label=_SAID[sign])


def _projects(view: View, numbers: dict[int, int]) -> list[Markup]:
    made = []
    for at, (project, entries) in enumerate(by_project(view.sections).items()):
        lines = [_entry(row, effect, block, numbers) for block, row, effect in entries]
        made.append(el(
            "section", el("h3", project, " ", _number(len(lines))), *chunks(lines, "entries"),
            id=f"p{at}", class_="part plain"))
    without = sum(not row.effects for row in view.rows)
    if made and without:
        made.append(el("p", f"{without:,} more without a project of their own "
                       "are among the changes by person.", class_="quiet"))
    return made


def _entry(row: Row, effect: Effect, block: Block, numbers: dict[int, int]) -> Markup:
    return el("li", el("a", block.subject, href=f"#s{numbers[id(block)]}"), _sign(row.sign),
              el("span", effect.text))
