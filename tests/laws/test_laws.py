"""The laws of planning and applying, hunted on random organizations through a real store."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from reconciler.applying.apply import apply_plan
from reconciler.desired.export import export_yaml
from reconciler.desired.load import load
from reconciler.live.connect import open_store
from reconciler.live.ports import RunInfo, Step, Store
from reconciler.model.email import Email
from reconciler.model.errors import ReconcilerError
from reconciler.model.operations import (
    RUN_ACTS,
    AddContent,
    AddToGroup,
    Join,
    JoinSpace,
    Login,
    Operation,
    RemoveFromGroup,
    RemoveMember,
    RemoveProjectRole,
    SetProjectRole,
    SetRole,
)
from reconciler.model.organization import (
    ContentItem,
    ContentKind,
    Member,
    MemberState,
    Settings,
    Tier,
)
from reconciler.model.roles import Role
from reconciler.model.world import World
from reconciler.planning.document import to_json
from reconciler.planning.plan import Plan
from reconciler.planning.planner import make_plan
from tests import postgres
from tests.laws import worlds

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ROOT = Email(worlds.FOUNDER)
# More examples on demand: LAW_EXAMPLES=1000 pytest tests/laws
EXAMPLES = int(os.environ.get("LAW_EXAMPLES", "60"))
LAW = settings(max_examples=EXAMPLES, deadline=None,
               suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
# On the server every example takes longer, and asks for everything at once.
LAW_OF_BOTH = settings(LAW, max_examples=max(1, EXAMPLES // 6))


@pytest.fixture(scope="module")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that holds acme with its founder: copied for every example."""
    path = tmp_path_factory.mktemp("laws") / "empty.db"
    founded(f"sqlite:///{path}")
    return path


def founded(url: str) -> Store:
    """A store that holds acme with its founder."""
    store = open_store(url)
    store.create_organization(
        "acme", settings=Settings(name="acme", tier=Tier.ENTERPRISE), admin=ROOT, now=NOW)
    return store


@contextmanager
def a_store(empty: Path) -> Iterator[tuple[Store, Path]]:
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "live.db"
        for suffix in ("", "-wal", "-shm"):
            part = empty.with_name(empty.name + suffix)
            if part.exists():
                shutil.copy(part, target.with_name(target.name + suffix))
        yield open_store(f"sqlite:///{target}"), Path(folder)


def plan_of(store: Store, path: Path, *, actor: str | None = ROOT,
            permitted_only: bool = False) -> Plan:
    with store.reader("acme") as reader:
        return make_plan(load(path), reader, actor=Email(actor) if actor else None, now=NOW,
                         permitted_only=permitted_only)


def run(store: Store, plan: Plan, actor: str = ROOT) -> None:
    apply_plan(plan, store, actor=Email(actor), now=NOW, confirmed=frozenset({"transfers"}))


def run_of(operation: Operation, number: int) -> RunInfo | None:
    """A run for what only a run does."""
    return RunInfo(id=f"step-{number}", plan_digest=f"step-{number}", commit=None,
                   desired_digest="", summary={}) if isinstance(operation, RUN_ACTS) else None


def everything(store: Store, document: worlds.Document) -> tuple[object, ...]:
    """All that an organization is, but for times, and for default projects that the document
    does not manage: losing the last role on one clears it (R05), and only a plan that runs whole
    knows what to set again."""
    managed = {e for e, m in document["members"].items() if "default_project" in m}
    with store.reader("acme") as reader:
        frame = reader.frame()
        members = reader.members(reader.emails())
        content = [i for owner in (None, *members) for i in reader.content_of(owner)]
    timeless = {
        e: replace(m, invited_at=None, joined_at=None, last_login_at=None, requested_at=None,
                   default_project=m.default_project if e in managed else None)
        for e, m in members.items()
    }
    return (frame.settings, frame.projects, frame.spaces, frame.teams, frame.groups,
            sorted(timeless.items(), key=lambda i: i[0]), frame.accounts,
            sorted((i.id, i.owner or "") for i in content))


def people(store: Store) -> dict[Email, Member]:
    with store.reader("acme") as reader:
        return reader.members(reader.emails())


def a_past(store: Store, folder: Path, document: worlds.Document,
           edits: list[worlds.HandEdit]) -> None:
    """The organization as runs and people left it."""
    plan = plan_of(store, worlds.write(document, folder))
    assume(plan.applyable)
    run(store, plan)
    for number, edit in enumerate(edits):
        email, role = Email(edit.who), Role(edit.role)
        operations: dict[str, Operation] = {
            "join": Join(email), "login": Login(email), "role": SetRole(email, role),
            "project-role": SetProjectRole(email, edit.about, role),
            "unproject": RemoveProjectRole(email, edit.about),
            "add": AddToGroup(email, edit.about), "leave": RemoveFromGroup(email, edit.about),
            "space": JoinSpace(email, edit.about), "remove": RemoveMember(email),
            "content": AddContent(ContentItem(
                id=f"c{number}", kind=ContentKind.CHART, title="T", project=edit.about,
                owner=email)),
        }
        operation = operations[edit.kind]
        own = isinstance(operation, (Join, Login))
        try:
            store.perform("acme", [Step(operation=operation)], actor=None if own else ROOT,
                          now=NOW)
        except ReconcilerError:
            continue


def invariants_hold(store: Store) -> None:
    """What must be so at every moment, said once more and independently of the rules' code."""
    with store.reader("acme") as reader:
        frame = reader.frame()
        members = reader.members(reader.emails())
        world = World(frame, reader)
        content = [i for owner in members for i in reader.content_of(owner)]
    on = frame.settings.project_level_permissions
    assert any(m.joined and m.role is Role.ADMIN for m in members.values()), "R20"
    for member in members.values():
        assert member.role in ((Role.USER, Role.ADMIN) if on else tuple(Role)[1:]), "R04"
        assert on or not member.projects, "R04"
        assert set(member.projects) <= set(frame.projects), "R22"
        assert member.groups <= set(frame.groups), "R22"
        default = member.default_project
        assert default is None or world.effective_role(member, default) is not None, "R05"
    assert all(i.owner in members for i in content), "R22"


documents = worlds.documents()
pasts = st.tuples(documents, worlds.hand_edits)


def planned(store: Store, folder: Path, document: worlds.Document, *, keep: bool) -> Plan:
    """The plan for a document that decides for everybody who leaves."""
    there = {e for e, m in people(store).items() if m.state is not MemberState.REQUESTED}
    decided = worlds.with_departures(document, there, ROOT, keep)
    return plan_of(store, worlds.write(decided, folder))


@LAW
@given(past=pasts, several_files=st.booleans())
def test_an_exported_organization_plans_nothing(
    empty_database: Path, past: tuple[worlds.Document, list[worlds.HandEdit]],
    several_files: bool,
) -> None:
    with a_store(empty_database) as (store, folder):
        a_past(store, folder, *past)
        _exports_plan_nothing(store, folder, several_files=several_files)


def _exports_plan_nothing(store: Store, folder: Path, *, several_files: bool) -> None:
    with store.reader("acme") as reader:
        files = export_yaml(reader.frame(), reader.members(reader.emails()).values(),
                            files=several_files)
    for name, text in files.items():
        path = folder / "exported" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    plan = plan_of(store, folder / "exported")
    assert plan.empty, plan.changes
    assert plan.applyable, plan.findings
    assert not plan.waiting


@LAW
@given(past=pasts, document=documents, keep=st.booleans())
def test_applying_a_plan_reaches_what_is_desired(
    empty_database: Path, past: tuple[worlds.Document, list[worlds.HandEdit]],
    document: worlds.Document, keep: bool,
) -> None:
    with a_store(empty_database) as (store, folder):
        a_past(store, folder, *past)
        plan = planned(store, folder, document, keep=keep)
        assume(plan.applyable)
        owned_before = _owned(store)
        run(store, plan)
        invariants_hold(store)
        second = plan_of(store, folder / "org.yaml")
        assert second.empty, second.changes
        assert second.applyable, second.findings
        lost = owned_before - _owned(store)
        assert not (keep and lost), "content lost an owner that nobody chose to drop"
        assert len(lost) == plan.losses.content_unassigned
        _is_as_declared(store, document)


def _owned(store: Store) -> set[str]:
    with store.reader("acme") as reader:
        return {i.id for owner in reader.emails() for i in reader.content_of(owner)}


def _is_as_declared(store: Store, document: worlds.Document) -> None:
    """Read the store against the document itself, without the planner's help."""
    members = people(store)
    modes = document.get("manage", {})
    with store.reader("acme") as reader:
        accounts = list(reader.frame().accounts.values())
    for email, wanted in document["members"].items():
        member = members[Email(email)]
        assert member.role == wanted["role"]
        if "projects" in wanted and modes.get("project_roles") != "additive":
            assert dict(member.projects) == wanted["projects"]
        if "groups" in wanted and modes.get("groups") != "additive":
            assert member.groups == set(wanted["groups"])
        if wanted.get("default_project"):
            assert member.default_project == wanted["default_project"]
        if "team" in wanted:
            assert member.team == wanted["team"]
        stated = wanted.get("accounts", {})
        assert {a.service: a.name for a in accounts if a.email == email} == stated
    if modes.get("members") != "additive":
        assert set(members) == set(document["members"])
    else:
        assert set(members) >= set(document["members"])


@LAW
@given(past=pasts, document=documents, seed=st.integers(0, 1000))
def test_the_order_of_the_input_changes_nothing(
    empty_database: Path, past: tuple[worlds.Document, list[worlds.HandEdit]],
    document: worlds.Document, seed: int,
) -> None:
    with a_store(empty_database) as (store, folder):
        a_past(store, folder, *past)
        one = plan_of(store, worlds.write(document, folder))
        other = plan_of(store, worlds.write(document, folder, shuffled=seed))
        assert ([replace(c, source=None) for c in one.changes]
                == [replace(c, source=None) for c in other.changes])
        assert one.applyable == other.applyable


@LAW
@given(past=pasts, document=documents, data=st.data())
def test_stopping_after_any_step_and_planning_again_converges(
    empty_database: Path, past: tuple[worlds.Document, list[worlds.HandEdit]],
    document: worlds.Document, data: st.DataObject,
) -> None:
    with a_store(empty_database) as (store, folder):
        a_past(store, folder, *past)
        plan = planned(store, folder, document, keep=True)
        assume(plan.applyable and plan.changes)
        stop = data.draw(st.integers(0, len(plan.changes)))
        for number, change in enumerate(plan.changes[:stop]):
            # Each step for itself: the store refuses a prefix that breaks a rule.
            store.perform("acme", [Step(operation=change.operation, precondition=change.before)],
                          actor=ROOT, now=NOW, run=run_of(change.operation, number))
            invariants_hold(store)
        rest = plan_of(store, folder / "org.yaml")
        assert rest.applyable, rest.findings
        run(store, rest)
        assert plan_of(store, folder / "org.yaml").empty
        stopped = everything(store, document)
    with a_store(empty_database) as (store, folder):
        a_past(store, folder, *past)
        run(store, planned(store, folder, document, keep=True))
        assert stopped == everything(store, document)


@LAW
@given(past=pasts, document=documents, data=st.data())
def test_no_plan_runs_a_step_that_its_actor_is_refused(
    empty_database: Path, past: tuple[worlds.Document, list[worlds.HandEdit]],
    document: worlds.Document, data: st.DataObject,
) -> None:
    with a_store(empty_database) as (store, folder):
        a_past(store, folder, *past)
        for email, member in people(store).items():
            if member.state is MemberState.PENDING:
                store.perform("acme", [Step(operation=Join(email))], actor=None, now=NOW)
        actor = data.draw(st.sampled_from(sorted(people(store))))
        path = worlds.write(document, folder)
        whole = plan_of(store, path, actor=actor)
        part = plan_of(store, path, actor=actor, permitted_only=True)
        assert all(c.permitted for c in part.changes)
        assert not whole.applyable or not whole.not_permitted
        if part.applyable:
            run(store, part, actor)
            invariants_hold(store)


@LAW_OF_BOTH
@given(past=pasts, document=documents, data=st.data())
def test_both_databases_make_the_same_plan_and_become_the_same_organization(
    empty_database: Path, postgresql_server: postgres.Server,
    past: tuple[worlds.Document, list[worlds.HandEdit]], document: worlds.Document,
    data: st.DataObject,
) -> None:
    """The laws on PostgreSQL: SQLite runs the plan whole, the server stops after some step."""
    with ExitStack() as stack:
        sqlite, folder = stack.enter_context(a_store(empty_database))
        a_past(sqlite, folder, *past)
        plan = planned(sqlite, folder, document, keep=True)
        assume(plan.applyable and plan.changes)
        run(sqlite, plan)
        (folder / "postgresql").mkdir()
        folder = folder / "postgresql"
        postgresql = founded(stack.enter_context(postgresql_server.database()))
        a_past(postgresql, folder, *past)
        assert to_json(planned(postgresql, folder, document, keep=True)) == to_json(plan)
        stop = data.draw(st.integers(0, len(plan.changes)))
        for number, change in enumerate(plan.changes[:stop]):
            postgresql.perform(
                "acme", [Step(operation=change.operation, precondition=change.before,
                              outcome=change.after)],
                actor=ROOT, now=NOW, run=run_of(change.operation, number))
        invariants_hold(postgresql)
        run(postgresql, plan_of(postgresql, folder / "org.yaml"))
        assert everything(postgresql, document) == everything(sqlite, document)
        assert plan_of(postgresql, folder / "org.yaml").empty
        assert postgresql.verify("acme").breach is None
        _exports_plan_nothing(postgresql, folder, several_files=False)
