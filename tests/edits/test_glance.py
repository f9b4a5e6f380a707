"""What is seen at a glance to be laid out is what the layout leaves as it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Final

import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from reconciler.desired.edits.checking import out_of_order
from reconciler.desired.edits.formatting import format_files
from reconciler.desired.edits.glance import seen_in_order
from reconciler.desired.edits.layout import laid_out
from reconciler.desired.edits.pieces import SECTION_ORDER
from reconciler.desired.edits.spots import Unplaceable
from reconciler.desired.edits.workspace import Workspace
from tests.edits.files import ADA, folder_of, organizations

ROOT = Path(__file__).parents[2]
MANY = settings(max_examples=300, deadline=None,
                suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
KEYS: Final = ("a", "b", "B", "c d", "web", "e/f", "'g'", '"h: i"', "o'neil", "i#j",
               "ada@acme.example")
VALUES: Final = (
    "{}", "[]", "x", "x y", "- 1", "null", "~", "'#1'", '"a: b"  # why', "it's", "{a: b, c: [d]}",
    "[a, {b: c}] # d", "{a: 'b}'}", "{a: b'c}", '"\\" # x"', "'it''s'", "7", "-1", ".5", "x #", "é",
    "2027-01-31", "a:b", "a#b", "a,b", "a ]", "yes", "{'a': \"b\"}", '{a: "b\\""}')
UNUSUAL: Final = (
    "|\n{}  x", ">-\n{}  x\n\n{}  # y", "x\n{}  y", "'x\n{}  y'", "{{a: b,\n{} c: d}}", "[a,\n{}]",
    "&n x", "*n", "!t x", "x ", "{a: &m b}", '"x" \\', "- y", "a: b", "'x", '"x', "{a: b", "a]")
OTHER_LINES: Final = (
    "", " ", "...", "---", "--- # x", "%YAML 1.1", "{}", "- x", "? a", ": b", "- - x", "-", "- ",
    "#", "# x ", "k", "k:  ", "k:  # l", "<<: m", "\ufeff", "# \u2028", "# \x85", "#\tx",
    "n:\u00a0o")


@st.composite
def texts(draw: st.DrawFn) -> str:
    """Files in all the ways in which YAML is written, most of them nearly laid out."""
    pick = draw(st.randoms(use_true_random=False))
    if draw(st.booleans()):
        text = draw(organizations()).decode("utf-8-sig").replace("\r\n", "\n")
    else:
        names = [name for name in SECTION_ORDER if pick.random() > 0.7] or ["members"]
        text = "".join(f"{line}\n" for line in _sections(pick, names))
    if is_yaml(text) and pick.random() < 0.7:
        text = laid_out_or_not(text)
    lines = text.split("\n")
    for _ in range(pick.choice((0, 0, 1, 1, 2))):
        _change_one(pick, lines)
    return "\n".join(lines)


def _sections(pick: Random, names: list[str]) -> Iterator[str]:
    odd = pick.choice((0.0, 0.0, 0.02))
    for number, name in enumerate(names):
        if number and pick.random() < 0.7:
            yield ""
        yield from _above(pick, 0)
        yield from _pair(pick, name, 0, odd)


def _pair(pick: Random, key: str, column: int, odd: float) -> Iterator[str]:
    """A key and what is below it, or behind it."""
    blanks, deeper = " " * column, column + 2
    kind = pick.random() - column / 20
    if kind < 0.2:
        value = pick.choice(VALUES)
        if pick.random() > 1 - odd:
            value = pick.choice(UNUSUAL).replace("{}", blanks).replace("{{", "{").replace("}}", "}")
        yield f"{blanks}{key}: {value}"
    else:
        yield f"{blanks}{key}:{pick.choice(('', '', '', ' # why'))}"
        if kind > 0.5:
            for name in sorted(pick.sample(KEYS, pick.randint(1, 4)), key=str.lower):
                yield from _above(pick, deeper)
                yield from _pair(pick, name, deeper, odd)
        elif kind > 0.3:
            for _ in range(pick.randint(1, 3)):
                yield from _above(pick, deeper)
                yield from _item(pick, deeper, odd)
    while pick.random() > 0.95:
        yield " " * deeper + "# below"


def _item(pick: Random, column: int, odd: float) -> Iterator[str]:
    if pick.random() < 0.5:
        yield f"{' ' * column}- {pick.choice(VALUES)}"
        return
    lines = []
    for name in pick.sample(KEYS, pick.randint(1, 3)):
        if lines:
            lines += _above(pick, column + 2)
        lines += _pair(pick, name, column + 2, odd)
    yield f"{' ' * column}- {lines[0].lstrip()}"
    yield from lines[1:]


def _above(pick: Random, column: int) -> Iterator[str]:
    if pick.random() < 0.75:
        return
    yield from pick.choice(((), ("",), ("",), (" " * column + "# above",)))
    while pick.random() > 0.5:
        yield pick.choice(("", " " * column + "# more"))


def _change_one(pick: Random, lines: list[str]) -> None:
    """Do something to one line."""
    at = pick.randrange(len(lines))
    blanks = " " * pick.choice((0, 2, 2, 4, 4, 6, 1, 3))
    match pick.randrange(8):
        case 0:
            lines.insert(at, "")
        case 1:
            lines.insert(at, f"{blanks}# another")
        case 2:
            lines.insert(at, blanks + pick.choice(OTHER_LINES))
        case 3:
            lines.insert(at, pick.choice(lines))
        case 4:
            lines[at:at + 1] = []
            lines.append("")
        case 5:
            lines[at] = blanks + lines[at].lstrip()
        case 6:
            lines[at] += pick.choice((" ", " # x", "x", ": x", "\u3000", "'", "]"))
        case _:
            lines[at] = pick.choice(("  ", " ", "- ")) + lines[at]


def is_yaml(text: str) -> bool:
    """Whether it is one document of YAML."""
    try:
        return len(list(yaml.compose_all(text, Loader=yaml.CSafeLoader))) == 1
    except (yaml.YAMLError, ValueError):
        return False


def laid_out_or_not(text: str) -> str:
    """The text in the layout; as it is where it is written in too unusual a way."""
    try:
        return laid_out(text, SECTION_ORDER)
    except Unplaceable:
        return text


def stays(text: str) -> bool:
    """Whether the layout leaves a text as it is."""
    try:
        return laid_out(text, SECTION_ORDER) == text
    except Unplaceable:
        return False


@MANY
@given(texts())
def test_what_is_seen_in_order_stays_as_it_is(text: str) -> None:
    assume(is_yaml(text))
    if seen_in_order(text, SECTION_ORDER):
        assert stays(text)


@pytest.mark.parametrize("body", [
    "  a@x.example:\n",
    "  a@x.example: {role: admin}  # since 2020\n  # B.\n  'B@x.example': {groups: [b, \"c\"]}\n",
    "  a@x.example:  # A.\n    role: user\n    # more\n    groups:\n      - b  # first\n"
    "      # then\n      - group: c\n        until: 2027-01-31\n"
    "    projects:\n      web: {role: viewer}\n"
    "      x/y:\n        role: viewer\n        reason: It's for A, B & C.\n",
    "  a@x.example:\n\n  # B.\n  b@x.example:\n\n  c@x.example:\n",
    "  # Founders\n\n  # A.\n  a@x.example:\n  z@x.example:\n\n  # Others\n  b@x.example:\n"
    "  c@x.example:\n  # d@x.example: soon\n",
    "  ünï@x.example:\n    name: 'Ünï \"U\" O''Neil'\n    team:\n    # none yet\n",
])
def test_the_usual_is_seen(body: str) -> None:
    text = (f"# Acme\n\napiVersion: reconciler/v1\norganization: acme\n\n# Who\nmembers:\n{body}"
            "\ndepartures: {}\n\n# The end\n")
    assert stays(text)
    assert seen_in_order(text, SECTION_ORDER)


def test_the_files_of_this_repository_are_seen() -> None:
    for path in ROOT.glob("examples/**/*.yaml"):
        text = path.read_text()
        assert seen_in_order(text, SECTION_ORDER) == stays(text), path


BASE = """\
# Acme

apiVersion: reconciler/v1
organization: acme

# Who
members:
  # A.
  a@x.example:
    role: user
    groups:
      # first
      - b
      - group: c
        until: 2027-01-31
    # more
  b@x.example: {role: user}

departures: {}
"""


@pytest.mark.parametrize(("old", "new"), [
    ("# Acme", "# Acme "), ("# A.", "# A. "), ("# first", "# first "), ("# more", "# more "),
    ("# more", "# more\u3000"), ("# more", "# more\x85x"), ("{role: user}\n", "{} # x \n"),
    ("role: user\n", "role: user \n"),
    ("members:\n", "members: \n"), ("{role: user}\n", "{role: user} \n"), ("- b\n", "- b \n"),
    ("# Acme\n", "\n# Acme\n"), ("# Acme\n\n", "# Acme\n\n\n"), ("acme\n\n", "acme\n"),
    ("acme\n\n", "acme\n\n\n"), ("v1\n", "v1\n\n"), ("members:\n", "members:\n\n"),
    ("a@x.example:\n", "a@x.example:\n\n"), ("user\n    groups", "user\n\n\n    groups"),
    ("groups:\n", "groups:\n\n"), ("# first\n", "# first\n\n"), ("group: c\n", "group: c\n\n"),
    ("    # more\n", "\n    # more\n"), ("{}\n", "{}\n\n"), ("{}\n", "{}"),
    ("  # A.", "    # A."), ("    # more", "   # more"), ("      # first", "    # first"),
    ("        until", "          until"), ("  b@x", "   b@x"), ("- b", "-  b"),
    ("a@x.example", "c@x.example"), ("departures: {}", "tier: plus"),
    ("      # first\n      - b\n", "    # first\n    - b\n"),
])
def test_one_thing_out_of_order_is_not_missed(old: str, new: str) -> None:
    assert seen_in_order(BASE, SECTION_ORDER)
    assert old in BASE
    text = BASE.replace(old, new)
    assert not stays(text)
    assert not seen_in_order(text, SECTION_ORDER)


def test_one_member_out_of_order_is_not_missed() -> None:
    people = [f"  p{number:03}@x.example: {{role: user}}\n" for number in range(300)]
    for at in (1, 150, 299):
        some = people.copy()
        some[at - 1:at + 1] = reversed(some[at - 1:at + 1])
        assert not seen_in_order(f"tier: x\n\nmembers:\n{''.join(some)}", SECTION_ORDER)
    assert seen_in_order(f"tier: x\n\nmembers:\n{''.join(people)}", SECTION_ORDER)


@pytest.mark.parametrize(
    "value", ["B: the second", "B:", "- B", "[B", '"B', "'B' C", "B\n      C: D"])
def test_what_is_no_yaml_is_not_seen_in_order(value: str) -> None:
    for key in ("    name: ", "    groups:\n      - a: "):
        text = f"tier: x\n\nmembers:\n  b@x.example:\n{key}{value}\n"
        assert not is_yaml(text)
        assert not seen_in_order(text, SECTION_ORDER)


def test_line_breaks_of_two_kinds_are_out_of_order_and_those_of_one_are_not() -> None:
    text = f"apiVersion: reconciler/v1\norganization: acme\n\nmembers:\n  {ADA}: {{role: admin}}\n"
    windows = text.replace("\n", "\r\n")
    mixed = windows.replace("acme\r", "acme")
    for written, told in ((text, []), (windows, []), ("\ufeff" + windows, []), (mixed, [2])):
        with folder_of({"org.yaml": written.encode()}) as folder:
            assert [file.line for file in out_of_order(folder)] == told


@settings(max_examples=100, deadline=None)
@given(organizations())
def test_what_is_told_to_be_out_of_order_is_what_format_changes(data: bytes) -> None:
    with folder_of({"org.yaml": data}) as folder:
        told = out_of_order(folder)
        files = Workspace.open(folder)
        assert [file.name for file in told] == format_files(files)
        change, = files.save() or [None]
        if change is not None:
            old, new = change.before.split("\n"), change.after.split("\n")
            line = told[0].line
            assert old[:line - 1] == new[:line - 1]
            assert old[line - 1:line] != new[line - 1:line]
        assert out_of_order(folder) == []
