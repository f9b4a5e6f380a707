"""A real organization in a real store, in domain words.

    an_org_in(url).member("sam", web="viewer").group("analysts", "sam", web="member")

Everything is done by the store's own operations, by ada, who created it; names are those of
`tests.domain`: tier enterprise, project-level permissions on, projects web and mobile, team spaces
growth and core, team Data.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from reconciler.live.connect import open_store
from reconciler.live.ports import AuditRecord, RunInfo, Step
from reconciler.live.sql import schema
from reconciler.live.sql.store import SqlStore
from reconciler.model.digests import grants_digest, spaces_digest
from reconciler.model.errors import ReconcilerError
from reconciler.model.operations import (
    OWN_ACTS,
    AddContent,
    AddToGroup,
    CreateGroup,
    CreateProject,
    CreateSpace,
    CreateTeam,
    Invite,
    Join,
    Operation,
    RequestAccess,
)
from reconciler.model.organization import (
    ContentItem,
    ContentKind,
    Member,
    Overview,
    Settings,
    Tier,
)
from reconciler.model.roles import Role
from reconciler.model.values import frozen_map
from reconciler.model.world import Frame
from tests.domain import NOW, access, email

SETTINGS = Settings(name="Acme", tier=Tier.ENTERPRISE, project_level_permissions=True,
                    access_requests=True)


class Live:
    """An organization in a store."""

    def __init__(self, store: SqlStore, organization: str = "acme") -> None:
        self.store = store
        self.organization = organization
        self.now = NOW

    # --- doing --------------------------------------------------------------------------------

    def does(self, *operations: Operation, by: str | None = "ada", **more: Any) -> Live:
        """Perform operations in one transaction; people's own acts have no actor."""
        self.performs(*(Step(operation=o) for o in operations), by=by, **more)
        return self

    def performs(
        self, *steps: Step, by: str | None = "ada", run: RunInfo | None = None,
        now: datetime | None = None,
    ) -> list[AuditRecord]:
        own = bool(steps) and all(isinstance(s.operation, OWN_ACTS) for s in steps)
        actor = None if own or by is None else email(by)
        return self.store.perform(self.organization, steps, actor=actor, now=now or self.now,
                                  run=run)

    def refuses(self, *operations: Operation, by: str | None = "ada") -> set[str]:
        """The ids of the rules that the store names; and that it wrote nothing."""
        before = self.everything()
        try:
            self.does(*operations, by=by)
        except ReconcilerError as error:
            assert self.everything() == before, "a refusal wrote something"
            return {finding.rule for finding in error.findings}
        raise AssertionError("it was not refused")

    def member(self, name: str, role: str = "user", **given: Any) -> Live:
        """Somebody who was invited and joined."""
        return self.pending(name, role, **given).does(Join(email(name)))

    def admin(self, name: str) -> Live:
        return self.member(name, "admin")

    def pending(self, name: str, role: str = "user", **given: Any) -> Live:
        return self.does(Invite(email(name), access(role, **given)))

    def requesting(self, name: str) -> Live:
        return self.does(RequestAccess(email(name), name.title()))

    def group(self, name: str, *members: str, **projects: str) -> Live:
        roles = frozen_map((p, Role(r)) for p, r in projects.items())
        return self.does(CreateGroup(name, projects=roles),
                         *(AddToGroup(email(m), name) for m in members))

    def content(self, id_: str, owner: str | None = "ada", project: str = "web",
                kind: str = "chart") -> Live:
        return self.does(AddContent(ContentItem(
            id=id_, kind=ContentKind(kind), title=id_.title(), project=project,
            owner=email(owner) if owner else None)))

    # --- seeing -------------------------------------------------------------------------------

    def person(self, name: str) -> Member | None:
        with self.store.reader(self.organization) as reader:
            return reader.members([email(name)]).get(email(name))

    def known(self, name: str) -> Member:
        found = self.person(name)
        assert found is not None, f"there is no {name}"
        return found

    @property
    def frame(self) -> Frame:
        with self.store.reader(self.organization) as reader:
            return reader.frame()

    @property
    def overview(self) -> Overview:
        with self.store.reader(self.organization) as reader:
            return reader.overview()

    def owner_of(self, id_: str) -> str | None:
        with self.store.reader(self.organization) as reader:
            return {item.id: item.owner for item in reader.content()}[id_]

    def everything(self) -> tuple[Any, ...]:
        """All that the store knows of the organization, checked for agreeing with itself."""
        with self.store.reader(self.organization) as reader:
            frame = reader.frame()
            members = reader.members(reader.emails())
            for row in reader.roster():
                member = members[row.email]
                assert row.grants_digest == grants_digest(member.projects, member.groups)
                assert row.spaces_digest == spaces_digest(member.spaces)
            content = list(reader.content())
        return frame, members, content

    @property
    def last(self) -> AuditRecord:
        """The newest audit record."""
        return self.store.audit(self.organization)[-1]


def an_org_in(
    url: str, organization: str = "acme", *, furnished: bool = True, **settings: Any
) -> Live:
    """A new organization, created by ada; `furnished` with projects, spaces and a team."""
    store = open_store(url)
    assert isinstance(store, SqlStore)
    chosen = replace(SETTINGS, **settings)
    store.create_organization(organization, settings=chosen, admin=email("ada"), now=NOW)
    live = Live(store, organization)
    if furnished:
        live.does(
            *(CreateProject(p, p.title()) for p in ("web", "mobile")),
            *(CreateSpace(s, s.title()) for s in ("growth", "core")),
            CreateTeam("Data"))
    return live


def a_run(name: str = "r1", plan: str = "plan-1") -> RunInfo:
    """What a run says of itself."""
    return RunInfo(id=name, plan_digest=plan, desired_digest="desired", commit=None,
                   summary={"changes": 1})


def to_version(connection: Connection, version: str) -> None:
    """Take the tables back to an older version, as that version made them."""
    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.downgrade(config, version)
