"""Places of keys and values: libyaml, for long texts, finds those that ruamel.yaml finds."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings

from reconciler.desired.edits import spots
from reconciler.desired.edits.spots import Spot, Unplaceable, read_spots
from tests.edits.files import organizations

ROOT = Path(__file__).parents[2]
FILES = sorted([*ROOT.glob("examples/**/*.yaml"), *ROOT.glob("tests/corpus/**/*.yaml")])
UGLY = {
    "nothing written": "a:\nb: {c: , d: }\ne: {f: [], g}\nh: ''\n",
    "block scalars": "a: |\n  é x\n\n\nb: >-\n  one\n  two # no comment\n\nc: |+\n  end\n\n",
    "text over lines": "a: one\n  two\n\n  three  # why\nb: 'x\n  y'\nc: \"\\u00dc\\\n  z\"\n",
    "lists": "a:\n- b: 1\n  c: [x, {y: z},  # here\n    w]\n-   # below\n  d: 2\n- - e\n",
    "astral": "a: {name: 😀, b: \"😀\"} # 😀\n😀: 中文\n",
    "braces over lines": "a: {\n  b: {c: d},  # e\n  # f\n  'g h': {\n  i: j,\n  },\n}\nk: l\n",
    "quoted keys": "'a': b\n\"c\" : d\n? e\n: f\n",
    "markers": "%YAML 1.2\n---\n# top\na: b\n...\n# end\n",
}


def both(text: str) -> tuple[Spot | None, Spot | None]:
    """What is found as a short text is read, and as a long one is: None where it cannot be."""
    found: list[Spot | None] = []
    for at in (len(text) + 1, 0):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(spots, "LONG", at)
            try:
                found.append(read_spots(text))
            except (Unplaceable, RecursionError):
                found.append(None)
    return found[0], found[1]


def long_way_is_taken(text: str) -> bool:
    return spots._plain_root(text) is not None


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(ROOT)))
def test_a_file_has_the_same_places_either_way(file: Path) -> None:
    try:
        text = file.read_bytes().decode()
    except UnicodeDecodeError:
        return
    one, other = both(text)
    # libyaml takes some of what no file may have: tabs, and nesting without end.
    assert one in (other, None)


@pytest.mark.parametrize("text", UGLY.values(), ids=UGLY.keys())
def test_unusual_text_has_the_same_places_either_way(text: str) -> None:
    assert long_way_is_taken(text)
    one, other = both(text)
    assert one == other


@pytest.mark.parametrize("text", ["a: &x {b: c}\nd: *x\n", "a: !t b\n", "\ufeffa: b\n",
                                  "a: b\r\nc: d\r\n", "a: [\n"])
def test_what_could_have_more_to_say_is_read_the_slow_way(text: str) -> None:
    assert not long_way_is_taken(text)


@settings(max_examples=150, deadline=None)
@given(organizations())
def test_whatever_people_write_has_the_same_places_either_way(data: bytes) -> None:
    one, other = both(data.decode().replace("\r\n", "\n"))
    assert one == other
