"""One organization in a real SQLite store, with its YAML beside it: declare, plan, apply."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import dedent

from reconciler.applying.apply import Applied, apply_plan
from reconciler.desired.load import load
from reconciler.desired.policy import load_with_policy
from reconciler.live.connect import open_store
from reconciler.live.ports import Step, Store
from reconciler.model.email import Email
from reconciler.model.operations import OWN_ACTS, AddContent, AllowLimit, Join, Operation
from reconciler.model.organization import ContentItem, ContentKind, Member, Settings, Tier
from reconciler.planning.plan import Cause, Plan
from reconciler.planning.planner import make_plan
from reconciler.planning.policy import Terms

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HEAD = """\
apiVersion: reconciler/v1
organization: acme
tier: enterprise
settings: {project_level_permissions: true, access_requests: true}
projects: {web: {name: Web}, ios: {name: iOS}}
"""


def email(short: str) -> Email:
    return Email(short if "@" in short else f"{short}@acme.example")


class House:
    """Starts with ada as its only admin. Times are NOW plus `days`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "org.yaml"
        self.now = NOW
        self.store: Store = open_store(f"sqlite:///{folder / 'live.db'}")
        self.store.create_organization(
            "acme", settings=Settings(tier=Tier.ENTERPRISE, project_level_permissions=True,
                                      access_requests=True),
            admin=email("ada"), now=self.now)

    def declares(self, body: str, head: str = HEAD) -> House:
        """Write the YAML: the usual head and this body."""
        self.path.write_text(head + dedent(body))
        return self

    def policy(self, body: str | None) -> House:
        """Write policy.yaml beside the YAML; None takes it away."""
        path = self.folder / "policy.yaml"
        if body is None:
            path.unlink()
        else:
            path.write_text("apiVersion: reconciler/v1\nkind: Policy\n" + dedent(body))
        return self

    def plan(self, *, by: str | None = "ada", permitted_only: bool = False,
             allow: tuple[AllowLimit, ...] = (), policy_alone: bool = False,
             only: tuple[Cause, ...] = ()) -> Plan:
        state, policy = load_with_policy(load, self.path)
        with self.store.reader("acme") as reader:
            return make_plan(
                state, reader, actor=email(by) if by else None, now=self.now,
                permitted_only=permitted_only, only=only,
                terms=Terms(declared=policy, allowances=allow, policy_alone=policy_alone))

    def apply(self, plan: Plan | None = None, *, by: str = "ada",
              confirm: str = "transfers") -> Applied:
        return apply_plan(plan or self.plan(by=by), self.store, actor=email(by), now=self.now,
                          confirmed=frozenset(confirm.split()))

    def is_live(self, body: str, *, joined: str = "") -> House:
        """Bring the organization to this state and let these people join."""
        self.declares(body).apply()
        for person in joined.split():
            self.does(Join(email(person)))
        return self

    def does(self, operation: Operation, *, by: str = "ada") -> House:
        own = isinstance(operation, OWN_ACTS)
        self.store.perform("acme", [Step(operation=operation)],
                           actor=None if own else email(by), now=self.now)
        return self

    def has_content(self, owner: str, project: str, count: int = 1) -> House:
        for number in range(count):
            self.does(AddContent(ContentItem(
                id=f"{owner}-{project}-{number}", kind=ContentKind.CHART, title="Funnel",
                project=project, owner=email(owner))))
        return self

    def later(self, days: float) -> House:
        self.now += timedelta(days=days)
        return self

    def member(self, who: str) -> Member | None:
        with self.store.reader("acme") as reader:
            return reader.members([email(who)]).get(email(who))

    def content_of(self, who: str | None) -> list[str]:
        with self.store.reader("acme") as reader:
            return sorted(i.id for i in reader.content_of(email(who) if who else None))


def keys(plan: Plan) -> list[str]:
    """The changes of a plan in order, people by their short names."""
    return [c.key.replace("@acme.example", "") for c in plan.changes]


def causes(plan: Plan) -> dict[str, str]:
    """What each change comes from, people by their short names."""
    return {c.key.replace("@acme.example", ""): str(c.cause) for c in plan.changes}


def rules(plan: Plan) -> list[str]:
    """The rules that refuse a plan, sorted."""
    return sorted({f.rule for f in plan.findings if f.severity == "error"})
