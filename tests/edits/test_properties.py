"""Laws of every edit: what is declared changes by exactly what was asked for, and no byte of any
other line does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from difflib import SequenceMatcher
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from reconciler.desired.edits.formatting import format_files
from reconciler.desired.edits.people import (
    Leaving,
    NewMember,
    add_members,
    remove_members,
    set_organization_role,
    set_project_roles,
)
from reconciler.desired.edits.renames import rename_domain, rename_person
from reconciler.desired.edits.workspace import Workspace
from reconciler.desired.load import load
from reconciler.desired.state import DesiredMember, DesiredState
from reconciler.model.email import Email
from reconciler.model.roles import Role
from reconciler.model.values import FrozenMap
from tests.edits.files import ADA, PEOPLE, folder_of, organizations

NEW = Email("mia@acme.example")
MANY = settings(max_examples=150, deadline=None)
Change = Callable[[Workspace], object]


def edit(data: bytes, change: Change) -> tuple[DesiredState, DesiredState, bytes]:
    """The state before, the state after, the bytes after."""
    with folder_of({"org.yaml": data}) as folder:
        before = load(folder)
        files = Workspace.open(folder)
        change(files)
        files.save()
        return before, load(folder), (folder / "org.yaml").read_bytes()


def members(state: DesiredState) -> dict[Email, DesiredMember]:
    """The members, wherever they stand."""
    return {email: replace(m, line=0) for email, m in state.members.items()}


def lines_of(state: DesiredState, data: bytes, email: str) -> set[int]:
    """The numbers of the lines of an entry and of the comments around it."""
    lines = data.decode().split("\n")
    start = state.members[Email(email)].line
    others = [m.line for m in state.members.values() if m.line > start]
    rest = [line for (section, key), (_, line) in state.lines.items()
            if not key and line > start]
    stop = min([*others, *rest, len(lines) + 1])
    above = start
    while above > 1 and lines[above - 2].strip()[:1] in ("", "#"):
        above -= 1
    return set(range(above, stop))


def touched(before: bytes, after: bytes) -> tuple[list[int], list[bytes]]:
    """The numbers of the lines that are gone, and the lines that are new."""
    old, new = before.split(b"\n"), after.split(b"\n")
    gone: list[int] = []
    come: list[bytes] = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            gone += range(a + 1, b + 1)
            come += new[c:d]
    return gone, come


def all_others_stay(before: bytes, after: bytes, allowed: set[int]) -> bool:
    """Whether all lines but these are there, in their order."""
    others = [line for number, line in enumerate(before.split(b"\n"), 1) if number not in allowed]
    # A last line without its break may get one, which is two characters in some files.
    there = iter([line.removesuffix(b"\r") for line in after.split(b"\n")])
    return all(line.removesuffix(b"\r") in there for line in others)


def last_line_mended(before: bytes, gone: list[int]) -> list[int]:
    """Without the last line where all that it got is a line break."""
    last = before.count(b"\n") + 1
    return [line for line in gone if line != last or before.endswith(b"\n")]


@MANY
@given(organizations(), st.booleans())
def test_adding_touches_no_line_that_is_there(data: bytes, bare: bool) -> None:
    new = (NewMember(projects={}) if bare else NewMember(
        name="Mia: #1", role=Role.USER, groups=("analysts",), projects={"web": Role.VIEWER}))
    before, after, written = edit(data, lambda files: add_members(files, [NEW], new))
    added = members(after).pop(NEW)
    assert {**members(before), NEW: added} == members(after)
    assert added.projects == new.projects and added.groups == set(new.groups)
    gone, come = touched(data, written)
    if b"members: {" not in data:
        assert not last_line_mended(data, gone)
    assert all(line.endswith(b"\r") for line in come[:-1]) == (b"\r\n" in data) or not come[1:]
    assert data.startswith(b"\xef\xbb\xbf") == written.startswith(b"\xef\xbb\xbf")


@MANY
@given(organizations(), st.sampled_from(PEOPLE), st.sampled_from([None, ADA]))
def test_removing_touches_the_lines_of_the_entry_alone(
    data: bytes, email: str, receiver: str | None
) -> None:
    with folder_of({"org.yaml": data}) as folder:
        if Email(email) not in load(folder).members:
            return
    leaving = Leaving(receiver=receiver and Email(receiver), reason="Left")
    before, after, written = edit(
        data, lambda files: remove_members(files, [Email(email)], leaving))
    remaining = members(before)
    del remaining[Email(email)]
    assert members(after) == remaining
    departure = after.departures[Email(email)]
    assert (departure.transfer_to, departure.reason) == (receiver, "Left")
    assert after.departures.keys() - before.departures.keys() == {email}
    if b"members: {" not in data and b"departures: {" not in data:
        assert all_others_stay(data, written, lines_of(before, data, email))
        count = len(data.split(b"\n")) - len(written.split(b"\n"))
        assert count <= len(lines_of(before, data, email))


@MANY
@given(organizations(), st.sampled_from([ADA, *PEOPLE]),
       st.sampled_from([None, Role.VIEWER, Role.ADMIN]), st.sampled_from(["web", "ios"]))
def test_a_role_on_a_project_touches_the_entry_alone(
    data: bytes, email: str, role: Role | None, project: str
) -> None:
    with folder_of({"org.yaml": data}) as folder:
        found = load(folder).members.get(Email(email))
        if found is None or (role is None and project not in found.projects):
            return
    before, after, written = edit(
        data, lambda files: set_project_roles(files, Email(email), {project: role}))
    there = members(before)
    roles = {p: r for p, r in there[Email(email)].projects.items() if p != project}
    there[Email(email)] = replace(there[Email(email)], projects=FrozenMap(
        {**roles, **({project: role} if role else {})}))
    assert members(after) == there
    _, come = touched(data, written)
    if b"members: {" not in data:
        assert all_others_stay(data, written, lines_of(before, data, email))
    assert len(come) <= 3


@MANY
@given(organizations(), st.sampled_from(PEOPLE))
def test_an_organization_role_touches_one_line(data: bytes, email: str) -> None:
    with folder_of({"org.yaml": data}) as folder:
        if Email(email) not in load(folder).members:
            return
    before, after, written = edit(
        data, lambda files: set_organization_role(files, Email(email), Role.ADMIN))
    there = members(before)
    there[Email(email)] = replace(there[Email(email)], role=Role.ADMIN)
    assert members(after) == there
    gone, come = touched(data, written)
    assert len(last_line_mended(data, gone)) <= 1 and len(come) <= 2


@MANY
@given(organizations(), st.sampled_from([ADA, *PEOPLE]))
def test_a_rename_touches_the_lines_that_name_the_person(data: bytes, email: str) -> None:
    with folder_of({"org.yaml": data}) as folder:
        if Email(email) not in load(folder).members:
            return
    before, after, written = edit(
        data, lambda files: rename_person(files, Email(email), NEW))
    there = members(before)
    there[NEW] = replace(there.pop(Email(email)), email=NEW)
    assert members(after) == there
    gone, come = touched(data, written)
    assert len(gone) == len(come) == 1


@MANY
@given(organizations())
def test_a_domain_is_renamed_at_every_key(data: bytes) -> None:
    before, after, written = edit(
        data, lambda files: rename_domain(files, "acme.example", "new.example"))
    assert {e.replace("@acme.", "@new.") for e in before.members} == set(after.members)
    assert {e.replace("@acme.", "@new.") for e in before.departures} == set(after.departures)
    assert data.count(b"\n") == written.count(b"\n")


@MANY
@given(organizations())
@example(b"apiVersion: reconciler/v1\norganization: acme\nmembers:\n"
         b"  # two\n  bob@acme.example: {}\n  ada@acme.example: {role: admin}\n")
def test_formatting_changes_no_meaning_and_no_comment_and_is_done_once(data: bytes) -> None:
    before, after, written = edit(data, format_files)
    assert members(before) == members(after) and after.departures.keys() == (
        before.departures.keys()) and list(after.projects) == sorted(before.projects)
    assert sorted(comments(written)) == sorted(comments(data))
    _, _, again = edit(written, format_files)
    assert again == written


def comments(data: bytes) -> list[bytes]:
    """What stands behind every #, in or out of a value."""
    return [line.partition(b"#")[2].strip() for line in data.splitlines() if b"#" in line]


def test_the_files_of_this_repository_can_be_formatted(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    for path in [*sorted((root / "examples").rglob("org.yaml")),
                 root / "tests/desired/whole-org/org.yaml"]:
        files = Workspace.open(path)
        format_files(files)
        for name in files.names:
            files.file(name).finish()
