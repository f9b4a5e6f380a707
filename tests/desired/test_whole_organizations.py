"""Organizations as they really look: a directory of many files, and the example of this project."""

from __future__ import annotations

from pathlib import Path

from reconciler.desired.judge import validate
from reconciler.desired.places import Places
from reconciler.model.roles import Role
from tests.desired.test_load import EXAMPLE

WHOLE = Path(__file__).parent / "whole-org"


def test_an_organization_of_many_files_is_read_whole_and_breaks_no_rule() -> None:
    state = validate(WHOLE)
    assert (len(state.members), len(state.groups), len(state.projects)) == (60, 30, 9)
    assert len(state.files) == 2 + len(list((WHOLE / "members").iterdir()))
    assert state.findings == ()
    assert sum(m.role is Role.ADMIN for m in state.members.values()) == 3


def test_every_group_of_every_member_is_found_at_its_line() -> None:
    state = validate(WHOLE)
    places = Places.of(state)
    for member in state.members.values():
        for group in member.groups:
            found = places.locate(state, "members", member.email, ("groups", group))
            line = (WHOLE / found.file).read_text().splitlines()[found.line - 1]
            assert line[found.column - 1:] == group


def test_the_example_is_lawful_and_has_two_admins() -> None:
    state = validate(EXAMPLE)
    assert state.findings == ()
    assert len([m for m in state.members.values() if m.role is Role.ADMIN]) == 2
    assert "ada@acme.example" in state.members
