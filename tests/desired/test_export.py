"""What is exported and loaded again is what was there, whatever things are called."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reconciler.desired import export as exporting
from reconciler.desired.emit import quoted, scalar
from reconciler.desired.export import export_yaml
from reconciler.desired.judge import validate
from reconciler.desired.load import load
from reconciler.desired.state import DesiredState
from reconciler.model.email import InvalidEmail, hidden_character, normalize_email
from reconciler.model.organization import (
    Group,
    Member,
    MemberState,
    Project,
    ReceiverAccess,
    Settings,
    TeamSpace,
    Tier,
)
from reconciler.model.roles import PROJECT_ROLES, Role
from reconciler.model.values import UNSET, FrozenMap, frozen_map
from reconciler.model.world import Frame
from tests.domain import an_org

HOSTILE = [
    "no", "on", "y", "N", "~", "null", "1e3", "007", "0x1f", "1_000", "1:30", "2027-01-31",
    ".5", "-", "--- a", "? b", ": #", "a: b", "a #b", "#", "&a", "*a", "!t", "|", ">", "%x", "@x",
    "`x", "[a]", "{a: b}", "a, b", "'", '"', "\\", "a\\nb", "<<", "=", "Ünï cödé", "日本",
    "a  b", "true", "Yes", "x:", "😀", "<script>", "${HOME}", "a]", "}", ".inf", "+", "12",
]


def written_and_loaded(texts: dict[str, str]) -> DesiredState:
    with tempfile.TemporaryDirectory() as folder:
        for name, text in texts.items():
            path = Path(folder) / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return load(folder)


def named(text: str) -> bool:
    return bool(text) and text == text.strip() and hidden_character(text) is None


names = st.one_of(st.sampled_from(HOSTILE), st.text(min_size=1, max_size=12).filter(named))


def _email(local: str) -> str | None:
    try:
        return normalize_email(f"{local}@acme.example")
    except InvalidEmail:
        return None


emails = st.one_of(st.sampled_from(HOSTILE), st.text(min_size=1, max_size=8)).map(_email).filter(
    bool)


@st.composite
def organizations(draw: st.DrawFn) -> tuple[Frame, list[Member]]:
    projects = draw(st.lists(names, min_size=1, max_size=3, unique=True))
    spaces = draw(st.lists(names, max_size=2, unique=True))
    teams = draw(st.frozensets(names, max_size=2))
    roles = st.dictionaries(st.sampled_from(projects), st.sampled_from(PROJECT_ROLES), max_size=2)
    some_spaces = st.frozensets(st.sampled_from(spaces)) if spaces else st.just(frozenset[str]())
    groups = {
        name: Group(id=name, description=draw(st.one_of(st.just(""), st.sampled_from(HOSTILE))),
                    projects=frozen_map(draw(roles)), spaces=draw(some_spaces))
        for name in draw(st.lists(names, max_size=2, unique=True))}
    frame = Frame(
        organization=draw(names),
        settings=Settings(
            name=draw(st.one_of(st.just(""), names)), tier=draw(st.sampled_from(Tier)),
            project_level_permissions=draw(st.booleans()), sso=draw(st.booleans()),
            receiver_access=draw(st.sampled_from(ReceiverAccess))),
        projects={p: Project(id=p, name=draw(names)) for p in projects},
        spaces={s: TeamSpace(id=s, name=draw(names)) for s in spaces},
        teams=teams, groups=groups)
    people = [
        Member(
            email=normalize_email(email), state=draw(st.sampled_from(MemberState)),
            role=draw(st.sampled_from(Role)), projects=FrozenMap(draw(roles)),
            groups=draw(st.frozensets(st.sampled_from(sorted(groups)))) if groups else frozenset(),
            spaces=draw(some_spaces), team=draw(st.sampled_from([None, *sorted(teams)])),
            default_project=draw(st.sampled_from([None, *projects])),
            name=draw(st.one_of(st.none(), names)))
        for email in draw(st.lists(emails, max_size=3, unique=True))]
    ada = Member(email=normalize_email("ada@acme.example"), state=MemberState.JOINED,
                 role=Role.ADMIN)
    return frame, [*(p for p in people if p.email != ada.email), ada]


@settings(max_examples=150, deadline=None)
@given(organizations(), st.booleans())
def test_an_exported_organization_loads_as_itself(
    organization: tuple[Frame, list[Member]], files: bool
) -> None:
    frame, people = organization
    state = written_and_loaded(export_yaml(frame, people, files=files))
    assert state.organization == frame.organization
    kept = {"name"} if not frame.settings.name else set()
    assert state.settings == {
        field: getattr(frame.settings, field) for field in Settings.__slots__ if field not in kept}
    assert {p.id: p.name for p in state.projects.values()} == {
        p.id: p.name for p in frame.projects.values()}
    assert {s.id: s.name for s in state.spaces.values()} == {
        s.id: s.name for s in frame.spaces.values()}
    assert set(state.teams) == frame.teams
    assert {g.id: (g.description, g.projects, g.spaces) for g in state.groups.values()} == {
        g.id: (g.description, g.projects, g.spaces) for g in frame.groups.values()}
    inside = [p for p in people if p.state is not MemberState.REQUESTED]
    assert set(state.members) == {p.email for p in inside}
    for person in inside:
        got = state.members[person.email]
        assert (got.role, got.projects, got.groups) == (
            person.role, person.projects, person.groups)
        for field in ("team", "default_project", "name"):
            assert getattr(got, field) == (
                UNSET if getattr(person, field) is None else getattr(person, field))
        assert got.spaces == (person.spaces or UNSET)


@given(st.one_of(st.sampled_from(HOSTILE), st.text(max_size=30)))
@example("\x85\u2028\ufeff\x7f")
@example("'\"\\\n\t\r")
def test_a_scalar_reads_back_as_the_very_text(text: str) -> None:
    text = text.encode(errors="ignore").decode()
    for written in (scalar(text), quoted(text)):
        for place in ("{}", "- {}", "{{a: {}}}", "a: {}", "{}: 1"):
            read = yaml.safe_load(place.format(written))
            (value,) = [read] if isinstance(read, str) else read
            assert value == text or (isinstance(read, dict) and text in (*read, *read.values()))


def test_the_order_of_people_does_not_matter() -> None:
    frame, people = _acme()
    for files in (True, False):
        assert export_yaml(frame, people, files=files) == export_yaml(
            frame, people[::-1], files=files)


def test_people_are_spread_over_files_by_letter() -> None:
    frame, people = _acme()
    texts = export_yaml(frame, people, files=True)
    assert set(texts) == {"org.yaml", "groups.yaml", "members/a.yaml", "members/s.yaml"}


def test_many_people_are_spread_by_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "LETTERS_UP_TO", 1)
    frame, people = _acme()
    texts = export_yaml(frame, people, files=True)
    assert len([name for name in texts if name.startswith("members/")]) == 2
    assert set(written_and_loaded(texts).members) == {p.email for p in people}


def test_who_only_asked_to_join_is_a_comment() -> None:
    frame, people = _acme()
    asking = Member(email=normalize_email("li@acme.example"), state=MemberState.REQUESTED,
                    role=Role.USER)
    for files in (True, False):
        texts = export_yaml(frame, [*people, asking], files=files)
        assert "#   li@acme.example" in texts["org.yaml"]
        assert asking.email not in written_and_loaded(texts).members


def test_an_export_of_a_lawful_organization_breaks_no_rule(tmp_path: Path) -> None:
    frame, people = _acme()
    (tmp_path / "org.yaml").write_text(export_yaml(frame, people, files=False)["org.yaml"])
    assert validate(tmp_path).findings == ()


def _acme() -> tuple[Frame, list[Member]]:
    org = an_org().group("analysts", web="member").admin("ada").member("sam", web="manager")
    world = org.world
    frame = Frame(organization=world.organization, settings=world.settings,
                  projects=world.projects, spaces=world.spaces, teams=frozenset(world.teams),
                  groups=world.groups)
    return frame, [m for name in ("ada", "sam")
                   if (m := world.member(normalize_email(f"{name}@acme.example"))) is not None]
