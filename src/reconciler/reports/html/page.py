"""A report as one HTML page: no other file, no network, nothing that data could run.

It reads without its script, which only adds search and filters. The policy in its head names the
hashes of the one style and the one script there are, and lets nothing else in.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Iterator
from importlib.resources import files
from typing import Final

from reconciler.model.finding import Finding, Severity
from reconciler.reports.describe import Sign
from reconciler.reports.document import SIGNS
from reconciler.reports.html.changes import both_ways, chunks
from reconciler.reports.html.elements import Markup, el, joined, raw_element
from reconciler.reports.view import (
    CAUSES,
    KINDS,
    RISKS,
    TITLES,
    VERBS,
    About,
    Aside,
    Line,
    Status,
    View,
    causes_of,
    risks_of,
)
from reconciler.reports.words import counted

MARK: Final = '<meta name="generator" content="reconciler">'
"""What every page has near its beginning."""
_STATUS: Final = {
    (About.PLAN, Status.READY): "Ready to apply",
    (About.PLAN, Status.REFUSED): "Cannot be applied",
    (About.APPLIED, Status.DONE): "Applied",
    (About.DRIFT, Status.FOUND): "Drift found",
    (About.DRIFT, Status.NOTHING): "No drift",
}
_DONE_VERBS: Final = {Sign.ADD: "added", Sign.CHANGE: "changed", Sign.REMOVE: "removed",
                      Sign.MOVE: "transferred"}
_FIRST: Final = ("undecided", "intents", "waiting", "ends", "ended")
"""Lists that are worth reading each time; the others are folded."""


def to_html(view: View) -> str:
    """The whole page."""
    title = f"{TITLES[view.about]} {view.organization}"
    body = joined(
        el("a", "Skip to the changes", href="#changes", class_="skip"),
        _header(view, title),
        el("main", *_summary(view), _findings("What refuses it", view.errors, "refused"),
           el("div", _tools(view), both_ways(view), id="changes", tabindex="-1"),
           *_asides(view), _findings("Warnings", view.warnings, "warned"), _legend(view)),
        el("footer", el("p", "Written by reconciler. Everything on this page is in this file.")),
        raw_element("script", _own("page.js")))
    return shell(title, body)


def shell(title: str, body: Markup) -> str:
    """A page around its body: the head with its policy and style."""
    style, script = _own("page.css"), _own("page.js")
    policy = (f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
              "base-uri 'none'; form-action 'none'")
    head = joined(
        Markup('<meta charset="utf-8">'), Markup(MARK),
        el("meta", http_equiv="Content-Security-Policy", content=policy),
        el("meta", name_="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name_="color-scheme", content="light dark"),
        el("meta", name_="referrer", content="no-referrer"),
        el("title", title), raw_element("style", style))
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>{body}</body></html>\n'


@functools.cache
def _own(name: str) -> str:
    return (files(__package__) / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _header(view: View, title: str) -> Markup:
    status = _STATUS.get((view.about, view.status), "Nothing to do")
    if view.against and view.status is Status.READY:
        status = "To review, not to apply"
    facts = [el("div", el("dt", label), el("dd", value)) for label, value in view.facts]
    return el(
        "header",
        el("p", el("span", status, class_=f"status {view.status}")),
        el("h1", title), el("p", view.against, class_="against") if view.against else None,
        el("p", view.conclusion if view.empty else view.scope, class_="lead"),
        el("dl", *facts, class_="facts") if facts else None,
        el("p", view.next_step, class_="next") if view.next_step else None)


def _summary(view: View) -> Iterator[Markup]:
    cards = [card for card in (_members(view), _numbers(view), _first(view), _lost(view)) if card]
    if cards:
        yield el("section", el("h2", "Summary", class_="unseen"), *cards, class_="cards",
                 aria_label="Summary")


def _members(view: View) -> Markup | None:
    o = view.overview
    if o is None:
        return None
    return _card("Members", [("Total", o.total, ""), ("Joined", o.joined, ""),
                             ("Pending", o.pending, ""), ("Requesting", o.requesting, "")])


def _numbers(view: View) -> Markup | None:
    if view.empty:
        return None
    verbs = VERBS if view.about is About.PLAN else _DONE_VERBS
    return _card("Changes", [
        (verbs[sign].capitalize(), number, SIGNS[sign]) for sign, number in view.counts
        if number or sign is not Sign.MOVE])


def _card(heading: str, numbers: list[tuple[str, int, str]]) -> Markup:
    return el("div", el("h3", heading), el("dl", *[
        el("div", el("dt", label),
           el("dd", f"{number:,}", class_=class_ or None if number else "zero"))
        for label, number, class_ in numbers], class_="numbers"), class_="card")


def _first(view: View) -> Markup | None:
    """What to look at first: risks, what others must do, what waits and expires, each a link."""
    lines = [_jump(f"c{at}", s.heading, len(s.blocks), "risk")
             for at, s in enumerate(view.sections) if s.risky]
    lines += [_jump(f"o{at}", s.heading, len(s.blocks), "")
              for at, s in enumerate(view.others)]
    lines += [_jump(f"a-{at}", a.heading, len(a.lines), "")
              for at, a in enumerate(view.asides) if a.key in _FIRST]
    if view.warnings:
        lines.append(_jump("warned", "Warnings", len(view.warnings), ""))
    if not lines:
        return None
    return el("nav", el("h3", "Look at first"), el("ul", *lines), class_="card",
              aria_label="Look at first")


def _jump(name: str, text: str, number: int, class_: str) -> Markup:
    return el("li", el("a", text, href=f"#{name}"), " ", el("b", f"{number:,}"),
              class_=class_ or None)


def _lost(view: View) -> Markup | None:
    causes = causes_of(view.rows)
    telling = [(CAUSES.get(cause, cause), number) for cause, number in causes] if any(
        cause != "pending" for cause, _ in causes) else []
    groups = [("Losses", list(view.losses)),
              ("Causes", [f"{number:,} {words}" for words, number in telling]),
              ("Who may make them", [f"{who} ({counted(number, 'change')})"
                                     for who, number in view.who_may])]
    made = [joined(el("h3", heading), el("ul", *[el("li", line) for line in lines]))
            for heading, lines in groups if lines]
    return el("div", *made, class_="card") if made else None


def _tools(view: View) -> Markup | None:
    """Search and filters: shown by the script, which alone can use them."""
    if not view.sections and not view.others:
        return None
    rows = [row for s in (*view.sections, *view.others) for b in s.blocks for row in b.rows]
    blocks = [b for s in (*view.sections, *view.others) for b in s.blocks]
    kinds = {b.kind for b in blocks}
    choices = (
        ("risk", "Risk", [(str(r), RISKS[r]) for r, _ in risks_of(rows)]),
        ("kind", "Kind", [(KINDS[k][1].replace(" ", "-"), KINDS[k][0]) for k in sorted(kinds)]),
        ("cause", "Cause", [(c, CAUSES.get(c, c).capitalize()) for c, _ in causes_of(rows)]))
    return el(
        "search",
        el("label", "Search", for_="q", class_="unseen"),
        el("input", id="q", type="search", placeholder="Search people, projects, roles, places",
           autocomplete="off", spellcheck="false"),
        *[_select(name, label, options) for name, label, options in choices],
        el("div", el("button", "By person", type="button", id="by-people", aria_pressed="true"),
           el("button", "By project", type="button", id="by-projects", aria_pressed="false"),
           class_="ways", role="group", aria_label="Read the changes")
        if any(row.effects for row in view.rows) else None,
        el("button", "Clear", type="button", id="clear", hidden=True),
        el("p", id="found", role="status"), class_="tools")


def _select(name: str, label: str, options: list[tuple[str, str]]) -> Markup | None:
    if not options or (len(options) == 1 and name != "risk"):
        return None
    every = el("option", f"{label}: all", value="")
    return joined(
        el("label", label, for_=name, class_="unseen"),
        el("select", every, *[el("option", text, value=value) for value, text in options],
           id=name))


def _asides(view: View) -> Iterator[Markup]:
    order = sorted(enumerate(view.asides), key=lambda item: (
        _FIRST.index(item[1].key) if item[1].key in _FIRST else len(_FIRST), item[0]))
    if order:
        yield el("h2", "Beside the changes")
    for at, aside in order:
        yield _aside(aside, f"a-{at}")


def _aside(aside: Aside, name: str) -> Markup:
    number = el("span", f"{len(aside.lines):,}", class_="n")
    hint = el("span", f" \u00b7 {aside.hint}", class_="quiet") if aside.hint else None
    lines = chunks([_line(line) for line in aside.lines], "lines")
    if aside.key in _FIRST:
        return el("section", el("h3", aside.heading, " ", number, hint), *lines, id=name,
                  class_="part plain")
    return el("details", el("summary", el("h3", aside.heading, " ", number, hint)), *lines,
              id=name, class_="part plain")


def _line(line: Line) -> Markup:
    return el("li", el("b", line.subject), el("span", line.text),
              el("small", el("code", line.place)) if line.place else None)


def _findings(heading: str, findings: tuple[Finding, ...], name: str) -> Markup | None:
    if not findings:
        return None
    lines = [el(
        "li", el("b", f.rule), el("span", f.what, el("small", f.how) if f.how else None),
        el("small", el("code", str(f.location))) if f.location else None)
        for f in findings]
    tone = "refused" if findings[0].severity is Severity.ERROR else "warned"
    return el("section", el("h2", heading, " ", el("span", f"{len(lines):,}", class_="n")),
              *chunks(lines, "findings"), id=name, class_=f"part {tone}")


def _legend(view: View) -> Markup | None:
    if not view.reasons:
        return None
    return el(
        "details", el("summary", el("h3", "How to read this")),
        el("p", "+ gives, ~ changes, \u2212 takes away, \u203a hands over. On the right: why, and "
           "the place in the file. Each person stands once, under what weighs most."),
        el("dl", *[el("div", el("dt", reason), el("dd", meaning))
                   for reason, meaning in view.reasons], class_="legend"), class_="part plain")
