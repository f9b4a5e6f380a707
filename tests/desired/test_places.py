"""Every line of a plan can be traced to the line and column that asks for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.desired.load import load
from reconciler.desired.places import Places
from tests.desired.files import HEAD, PART, written

BLOCK = HEAD + """\
tier: enterprise
settings:
  # one of them
  project_level_permissions: true
  sso: false
teams:
  - Data
  - Sales
groups:
  analysts:
    projects: {web: member}
    team_spaces: [growth]
defaults:
  role: user
  groups: [analysts]
members:
  Ada@acme.example:
    role: admin
    projects:
      web: manager

      # a comment that is not indented enough
  # and another
      mobile: viewer
    groups:
    - analysts
    - core
  sam@acme.example: {groups: [core], team_spaces: [growth]}
  kim@acme.example:
"""


@pytest.mark.parametrize(("section", "key", "path", "place"), [
    ("members", "ada@acme.example", (), "21:3"),
    ("members", "ada@acme.example", ("role",), "22:5"),
    ("members", "ada@acme.example", ("projects", "web"), "24:7"),
    ("members", "ada@acme.example", ("projects", "mobile"), "28:7"),
    ("members", "ada@acme.example", ("groups", "core"), "31:7"),
    ("members", "ada@acme.example", ("projects", "gone"), "23:5"),
    ("members", "sam@acme.example", ("team_spaces", "growth"), "32:52"),
    ("members", "sam@acme.example", ("role",), "18:3"),
    ("members", "kim@acme.example", ("groups", "analysts"), "19:12"),
    ("members", "kim@acme.example", ("team",), "33:3"),
    ("groups", "analysts", ("projects", "web"), "15:16"),
    ("settings", "sso", (), "9:3"),
    ("tier", "", (), "5:1"),
    ("teams", "Sales", (), "12:5"),
])
def test_a_place_is_exact(
    tmp_path: Path, section: str, key: str, path: tuple[str, ...], place: str
) -> None:
    state = load(written(tmp_path, "# a comment\n\n" + BLOCK))
    found = Places.of(state).locate(state, section, key, path)
    assert str(found) == f"org.yaml:{place}"


def test_places_in_other_files_name_them(tmp_path: Path) -> None:
    state = load(written(tmp_path, HEAD + "include: [m.yaml]\n",
                         m=PART + "members:\n  ada@acme.example:\n    role: admin\n"))
    found = Places.of(state).locate(state, "members", "ada@acme.example", ("role",))
    assert str(found) == "m.yaml:4:5"


def test_everything_on_one_line_is_found_too(tmp_path: Path) -> None:
    state = load(written(tmp_path, HEAD + (
        "members: {ada@acme.example: {role: admin}, sam@acme.example: {groups: [a]}}\n")))
    places = Places.of(state)
    found = places.locate(state, "members", "sam@acme.example", ("groups", "a"))
    assert str(found) == "org.yaml:3:72"


def test_lines_that_yaml_counts_and_editors_do_not_are_counted_as_yaml_does(
    tmp_path: Path
) -> None:
    state = load(written(tmp_path, HEAD + (
        "groups: {a: {description: \"one\u2028 two\"}}\n"
        "members:\n  ada@acme.example:\n    role: admin\n")))
    found = Places.of(state).locate(state, "members", "ada@acme.example", ("role",))
    assert found.column == 5


def test_a_file_that_is_gone_since_leaves_the_line(tmp_path: Path) -> None:
    state = load(written(tmp_path, HEAD + "members:\n  ada@acme.example: {role: admin}\n"))
    (tmp_path / "org.yaml").unlink()
    found = Places.of(state).locate(state, "members", "ada@acme.example", ("role",))
    assert str(found) == "org.yaml:4"


def test_places_deep_in_a_large_file_are_exact(tmp_path: Path) -> None:
    people = "".join(f"  p{i}@acme.example:\n    groups:\n    - g{i}\n" for i in range(3000))
    state = load(written(tmp_path, HEAD + "members:\n" + people))
    places = Places.of(state)
    for i in (0, 1, 500, 1234, 2998, 2999):
        found = places.locate(state, "members", f"p{i}@acme.example", ("groups", f"g{i}"))
        assert str(found) == f"org.yaml:{6 + 3 * i}:7"
