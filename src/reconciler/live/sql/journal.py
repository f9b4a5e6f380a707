"""The journal of runs: what was started, and how it ended."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, exists, func, insert, select, update

from reconciler.live.ports import Baseline, Carried, RunInfo, RunRecord
from reconciler.live.sql import tables
from reconciler.live.sql.tables import time_of
from reconciler.model.elements import Aspect, Element
from reconciler.model.errors import Stale

_t = tables.runs


def start(
    connection: Connection, organization: str, run: RunInfo, actor: str, now: datetime
) -> None:
    """Note that a run starts. Raises Stale where its plan was applied before."""
    refuse_applied(connection, organization, run.plan_digest)
    values: dict[str, Any] = {
        "plan_digest": run.plan_digest, "desired_digest": run.desired_digest,
        "source_commit": run.commit, "actor": actor, "summary": run.summary, "started_at": now,
        "finished_at": None, "outcome": "started", "changes": 0, "problem": None,
        "policy_digest": run.policy_digest, "sequence": None,
        "carried": [[*c.element, c.value] for c in run.carried]}
    # The same plan, tried again in the same moment after it failed: the new try replaces it.
    again = connection.execute(update(_t).where(
        _t.c.organization == organization, _t.c.id == run.id,
        _t.c.plan_digest == run.plan_digest).values(**values))
    if not again.rowcount:
        connection.execute(insert(_t).values(organization=organization, id=run.id, **values))


def finish(
    connection: Connection, organization: str, run: RunInfo, outcome: str, now: datetime, *,
    changes: int = 0, sequence: int | None = None, problem: str | None = None,
) -> None:
    """Note how a run ended, with the organization's sequence where it succeeded. What has ended is
    not noted again: a failure that is noticed after the commit does not make the run a failed
    one."""
    connection.execute(
        update(_t).where(_t.c.organization == organization, _t.c.id == run.id,
                         _t.c.outcome == "started")
        .values(outcome=outcome, finished_at=now, changes=changes, sequence=sequence,
                problem=problem))


def refuse_applied(connection: Connection, organization: str, plan_digest: str) -> None:
    """Raises Stale where a plan was applied before."""
    done = applied(connection, organization, plan_digest)
    if done is not None:
        raise Stale(f"the plan was applied already, on {_moment(done.finished_at)} by {done.actor} "
                    f"(run {done.id})", how="plan again")


def applied(connection: Connection, organization: str, plan_digest: str) -> RunRecord | None:
    """The successful run of a plan that changed something."""
    found = _records(connection, organization, _t.c.plan_digest == plan_digest,
                     _t.c.outcome == "succeeded", _t.c.changes > 0)
    return found[0] if found else None


def unfinished(connection: Connection, organization: str) -> list[RunRecord]:
    """Runs that started and never said how they ended, oldest first. What came of one is settled
    once another that started after it has succeeded: then it is left to the history."""
    later = _t.alias()
    settled = exists().where(
        later.c.organization == organization, later.c.outcome == "succeeded",
        later.c.started_at > _t.c.started_at)
    return _records(connection, organization, _t.c.outcome == "started", ~settled)


def all_runs(connection: Connection, organization: str) -> list[RunRecord]:
    """Every run, oldest first."""
    return _records(connection, organization)


def intents_of_last(connection: Connection, organization: str) -> list[tuple[str, str, str]]:
    """What the newest successful run left under way: kind, subject and target of each."""
    query = (select(_t.c.summary)
             .where(_t.c.organization == organization, _t.c.outcome == "succeeded")
             # By what they came after in the log: clocks differ, and runs can share a moment.
             .order_by(func.coalesce(_t.c.sequence, -1).desc(), _t.c.started_at.desc(),
                       _t.c.id.desc()).limit(1))
    summary = connection.execute(query).scalar()
    return [(i["kind"], i["subject"], i["target"]) for i in (summary or {}).get("intents", ())]


def baseline(connection: Connection, organization: str) -> Baseline | None:
    """What the newest successful run left. Runs of versions that kept none leave none."""
    query = (select(_t).where(_t.c.organization == organization, _t.c.outcome == "succeeded",
                              _t.c.sequence.is_not(None))
             .order_by(_t.c.sequence.desc(), _t.c.started_at.desc(), _t.c.id.desc()).limit(1))
    row = connection.execute(query).first()
    if row is None:
        return None
    carried = tuple(Carried(Element(subject, Aspect(aspect), target), value)
                    for subject, aspect, target, value in row.carried or ())
    started = time_of(row.started_at)
    if started is None:
        raise AssertionError("a run has a start")
    return Baseline(run=row.id, sequence=row.sequence, actor=row.actor, at=started,
                    commit=row.source_commit, desired_digest=row.desired_digest,
                    policy_digest=row.policy_digest, carried=carried)


def _records(connection: Connection, organization: str, *where: Any) -> list[RunRecord]:
    query = select(_t).where(_t.c.organization == organization, *where)
    return [_record(row) for row in connection.execute(query.order_by(_t.c.started_at, _t.c.id))]


def _record(row: Any) -> RunRecord:
    started = time_of(row.started_at)
    if started is None:
        raise AssertionError("a run has a start")
    summary = row.summary or {}
    return RunRecord(id=row.id, plan_digest=row.plan_digest, actor=row.actor, started_at=started,
                     finished_at=time_of(row.finished_at), outcome=row.outcome,
                     changes=row.changes, commit=row.source_commit,
                     desired_digest=row.desired_digest, policy_digest=row.policy_digest,
                     counts=dict(summary.get("counts", {})), problem=row.problem,
                     author=summary.get("author"), approvers=tuple(summary.get("approvers", ())))


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else "an unknown day"
