"""The YAML of a repository says what was live, each person in the file of those who decide."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.desired import repository
from reconciler.desired.edits.formatting import format_files
from reconciler.desired.edits.workspace import Workspace
from reconciler.desired.export import export_yaml
from reconciler.desired.homes import MEMBERS, home_of, kept_files, project_file
from reconciler.desired.judge import validate
from reconciler.desired.load import load
from reconciler.desired.policy import load_policy
from reconciler.desired.policy_export import policy_yaml
from reconciler.desired.repository import repository_yaml, starter_yaml
from reconciler.desired.state import DesiredState
from reconciler.model.email import Email
from reconciler.model.organization import Member, MemberState, ReceiverAccess
from reconciler.model.policy import BUILT_IN, LIMITS, Limit, Policy, limits_of
from reconciler.model.roles import Role
from reconciler.model.values import frozen_map
from reconciler.model.world import Frame
from tests.desired.test_export import names, organizations, written_and_loaded

ADA = Email("ada@acme.example")
emails = st.sampled_from(["ada@acme.example", "9to5@acme.example", "no@on.example",
                          "o'brien@acme.example", "jürgen@bücher.example"]).map(Email)
counts, shares = st.integers(0, 50), st.integers(0, 100)
caps = st.one_of(st.builds(Limit, count=counts), st.builds(Limit, percent=shares),
                 st.builds(Limit, count=counts, percent=shares))
policies = st.builds(
    Policy, protected_members=st.frozensets(emails), min_admins=st.integers(1, 3),
    allowed_email_domains=st.none() | st.frozensets(st.sampled_from(["acme.example", "no.on"])),
    limits=st.dictionaries(st.sampled_from(LIMITS), caps).map(lambda x: limits_of(x.items())),
    default_receiver=st.none() | emails, require_transfer=st.booleans(),
    expire_after_days=st.integers(1, 99), resend_after_days=st.integers(1, 99),
    max_sends=st.integers(1, 9), receiver_access=st.none() | st.sampled_from(ReceiverAccess),
    approvals_required=st.booleans(), approvals_independent=st.booleans(),
    automation=st.frozensets(emails))


def said(state: DesiredState) -> tuple[object, ...]:
    """What a state declares, wherever it stands."""
    def plain(entries: dict[str, object]) -> dict[str, str]:
        return {key: " ".join(f"{field}={getattr(value, field)!r}"
                              for field in type(value).__slots__ if field not in ("file", "line"))
                for key, value in sorted(entries.items())}

    return (state.organization, state.settings, state.manage, sorted(state.teams),
            *(plain(table) for table in (  # type: ignore[arg-type]
                state.projects, state.spaces, state.groups, state.members)))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(organizations())
def test_it_declares_exactly_what_an_export_declares(
    organization: tuple[Frame, list[Member]]
) -> None:
    frame, people = organization
    exported = written_and_loaded(export_yaml(frame, people, files=False))
    assert said(written_and_loaded(repository_yaml(frame, people))) == said(exported)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(organizations())
def test_everybody_is_where_their_deciders_are(organization: tuple[Frame, list[Member]]) -> None:
    frame, people = organization
    state = written_and_loaded(repository_yaml(frame, people))
    on = frame.settings.project_level_permissions
    for member in state.members.values():
        home = home_of(member.role, member.projects, member.groups, project_level=on)
        name = state.files[member.file]
        assert name == home or (home == MEMBERS and name.startswith(MEMBERS))
        kept = kept_files(state.files, state.projects)
        assert (name in kept) == (home != MEMBERS)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(organizations())
def test_what_is_written_is_in_the_one_layout(organization: tuple[Frame, list[Member]]) -> None:
    assert out_of_order(repository_yaml(*organization)) == []


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.none(), policies))
def test_a_policy_is_written_in_the_one_layout(policy: Policy | None) -> None:
    assert out_of_order({**starter_yaml("acme", [ADA]),
                         "policy.yaml": policy_yaml(policy, admins=[ADA])}) == []


def out_of_order(texts: dict[str, str]) -> list[str]:
    """The files that `edit format` would change."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in texts.items():
            path = Path(folder) / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return format_files(Workspace.open(folder))


@settings(max_examples=200, deadline=None)
@given(policies)
def test_a_policy_reads_back_as_itself(policy: Policy) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "policy.yaml"
        path.write_text(policy_yaml(policy, admins=[ADA]), encoding="utf-8")
        assert load_policy(path).policy == policy


def test_without_a_policy_the_built_in_one_is_written_and_what_else_there_is(
    tmp_path: Path
) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(policy_yaml(None, admins=[ADA]))
    assert load_policy(path).policy == BUILT_IN
    # Taking the comments off what is commented out gives a policy too, that says it all.
    rows = path.read_text().replace("#\n#", "#").splitlines()
    stated = [row.removeprefix("# ") if row.startswith(("# limits", "#   ", "# app", "# prot",
                                                        "# allow", "# rec")) else row
              for row in rows]
    path.write_text("\n".join(stated).replace("# default_receiver", "default_receiver"))
    whole = load_policy(path).policy
    assert whole.protected_members == {ADA}
    assert whole.allowed_email_domains == {"acme.example"}
    assert whole.limits == frozen_map({
        "removals": Limit(count=20, percent=10), "demotions": Limit(count=20),
        "invitations": Limit(count=200), "content_unassigned": Limit(count=0)})
    assert (whole.default_receiver, whole.approvals_required) == (ADA, True)
    assert whole.automation == {"ci@acme.example"}
    assert whole.receiver_access is ReceiverAccess.REQUIRE


@given(names, names)
def test_files_of_projects_are_harmless_and_their_own(one: str, other: str) -> None:
    name = project_file(one).removeprefix("projects/").removesuffix(".yaml")
    assert name.isascii()
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789._-")
    assert name == name.lower(), "a file system may take letters of another case for the same"
    assert not name.startswith(".")
    assert len(name) < 70
    if one != other:
        assert project_file(one) != project_file(other)


def test_projects_that_differ_by_letter_case_alone_have_files_of_their_own() -> None:
    assert project_file("web") == "projects/web.yaml"
    assert project_file("Web") != project_file("web").replace("w", "W", 1)
    assert project_file("Web").startswith("projects/web-")


def test_too_many_people_for_one_file_have_a_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repository, "LETTERS_UP_TO", 2)
    frame, people = an_organization(*(person(f"p{n}", web=Role.VIEWER) for n in range(3)),
                                    person("ina", ios=Role.VIEWER))
    texts = repository_yaml(frame, people)
    assert sorted(texts) == ["admins.yaml", "org.yaml", "projects/ios.yaml", "projects/web/p.yaml"]
    state = written_and_loaded(texts)
    assert set(state.members) == {p.email for p in people}
    assert kept_files(state.files, ["web", "ios"]) == {
        "admins.yaml", "projects/ios.yaml", "projects/web/p.yaml"}


def test_who_only_asked_to_join_is_a_comment() -> None:
    asking = Member(email=Email("li@acme.example"), state=MemberState.REQUESTED, role=Role.USER)
    frame, people = an_organization(asking)
    texts = repository_yaml(frame, people)
    assert "#   li@acme.example" in texts["org.yaml"]
    assert set(written_and_loaded(texts).members) == {ADA}


@pytest.mark.parametrize("organization", ["acme", "no", "Acme & Söhne: #1"])
def test_a_repository_can_begin_from_nothing(tmp_path: Path, organization: str) -> None:
    bo = Email("bo@acme.example")
    texts = starter_yaml(organization, [bo, ADA, bo])
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    state = validate(tmp_path)
    assert (state.organization, state.settings) == (organization, {})
    assert {m.email: m.role for m in state.members.values()} == {ADA: Role.ADMIN, bo: Role.ADMIN}
    assert format_files(Workspace.open(tmp_path)) == []


def test_what_a_beginning_shows_in_comments_can_be_taken_out_of_them(tmp_path: Path) -> None:
    texts = starter_yaml("acme", [ADA])
    shown = ("tier", "settings", "projects", "team_spaces", "teams", "groups", "  ")
    for name, text in texts.items():
        rows = (row.removeprefix("# ") if name == "org.yaml" and row.startswith(
            tuple(f"# {word}" for word in shown)) else row for row in text.splitlines())
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("\n".join(rows) + "\n")
    state = load(tmp_path)
    assert set(state.projects) == {"web"}
    assert set(state.groups) == {"analysts"}
    assert state.teams == ("Data", "Marketing")
    assert state.settings == {"tier": "enterprise", "project_level_permissions": True}


def person(name: str, **projects: Role) -> Member:
    return Member(email=Email(f"{name}@acme.example"), state=MemberState.JOINED, role=Role.USER,
                  projects=frozen_map(projects))


def an_organization(*people: Member) -> tuple[Frame, list[Member]]:
    from tests.domain import an_org

    world = an_org().world
    frame = Frame(organization="acme", settings=world.settings, projects=world.projects)
    ada = Member(email=ADA, state=MemberState.JOINED, role=Role.ADMIN)
    return frame, [*people, ada]
