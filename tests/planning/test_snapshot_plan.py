"""A plan against a snapshot: the same as that of the live store, and never applied."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import pytest

from reconciler.desired.load import load
from reconciler.live.connect import open_snapshot
from reconciler.live.ports import Store
from reconciler.model.email import Email
from reconciler.model.errors import Exit, InvalidInput, Refused, Stale
from reconciler.model.operations import Invite, MigrateDomain, RemoveMember
from reconciler.model.organization import Access
from reconciler.model.roles import Role
from reconciler.planning.document import from_json, plan_schema, to_json
from reconciler.planning.plan import Plan
from reconciler.planning.planner import make_plan, sealed
from tests.planning.house import House, email

TAKEN = datetime(2026, 2, 28, 9, 30, tzinfo=UTC)
TEAM = """
    members:
      ada@acme.example: {role: admin}
      sam@acme.example: {projects: {web: viewer}}
"""


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path).is_live(TEAM, joined="sam")


def snapshot(house: House) -> Store:
    path = house.folder / "acme.snapshot"
    path.write_bytes(house.store.take_snapshot("acme", now=TAKEN))
    return open_snapshot(path)


def plan(house: House, store: Store | None = None) -> Plan:
    """The plan of the house against a snapshot of it."""
    with (store or snapshot(house)).reader("acme") as reader:
        return make_plan(load(house.path), reader, actor=email("ada"), now=house.now)


def test_it_says_when_the_snapshot_was_taken_and_is_not_applyable(house: House) -> None:
    house.declares(TEAM.replace("viewer", "member"))
    made = plan(house)
    assert made.snapshot == TAKEN
    assert not made.applyable
    assert not made.refused
    document = json.loads(to_json(made))
    assert document["snapshot"] == "2026-02-28T09:30:00+00:00"
    assert document["applyable"] is False
    jsonschema.validate(document, plan_schema())
    assert from_json(to_json(made)) == made


def test_a_plan_of_the_live_store_says_nothing_of_snapshots(house: House) -> None:
    """Its bytes, and so its digest, are those of before there were snapshots."""
    assert "snapshot" not in json.loads(to_json(house.plan()))
    assert house.plan().snapshot is None


@pytest.mark.parametrize("body", [TEAM.replace("viewer", "member"), TEAM])
def test_it_is_refused_where_it_is_to_be_applied(house: House, body: str) -> None:
    made = from_json(to_json(plan(house.declares(body))))
    with pytest.raises(InvalidInput) as refusal:
        house.apply(made)
    assert refusal.value.exit is Exit.INVALID
    assert "a snapshot taken 2026-02-28 09:30 UTC" in refusal.value.what
    assert "live store" in refusal.value.how
    sam = house.member("sam")
    assert sam is not None
    assert sam.projects == {"web": "viewer"}


def test_that_is_said_before_what_else_refuses_it(house: House) -> None:
    made = plan(house.declares("    members: {ada@acme.example: {role: user}}\n"))
    assert made.refused
    with pytest.raises(InvalidInput, match="snapshot"):
        house.apply(made)
    with pytest.raises(Refused):
        house.apply(house.plan())


def test_the_mention_cannot_be_taken_out(house: House) -> None:
    document = json.loads(to_json(plan(house.declares(TEAM.replace("viewer", "member")))))
    del document["snapshot"]
    with pytest.raises(Stale, match="altered"):
        from_json(json.dumps(document))


def test_a_plan_whose_mention_was_forged_away_is_held_against_the_store(house: House) -> None:
    """Somebody who makes a digest that fits has made a plan, and gets no further than with one."""
    made = plan(house.declares(TEAM.replace("viewer", "member")))
    house.does(RemoveMember(email("sam")))
    with pytest.raises(Stale, match="moved"):
        house.apply(sealed(replace(made, snapshot=None)))


@pytest.mark.parametrize("value", ["null", '"yesterday"', '"2026-02-28T09:30:00+01:00"', "1"])
def test_a_mention_that_is_no_time_is_invalid(house: House, value: str) -> None:
    from reconciler.planning.document import _digest

    document = json.loads(to_json(plan(house)))
    document["snapshot"] = json.loads(value)
    document["digest"] = _digest(document)
    with pytest.raises(InvalidInput, match="snapshot"):
        from_json(json.dumps(document))


# --- what only history knows ---------------------------------------------------------------------


def hold_equal(house: House) -> Plan:
    live, other = house.plan(), plan(house)
    for part in ("changes", "waiting", "intents", "notes", "findings", "losses", "carried"):
        assert getattr(other, part) == getattr(live, part), part
    return live


def test_a_change_of_address_of_somebody_who_is_gone_is_told_as_over(house: House) -> None:
    house.does(RemoveMember(email("sam")))
    house.declares("""
        members: {ada@acme.example: {role: admin}, sam@new.example: {}}
        email_changes: [{from: sam@acme.example, to: sam@new.example}]
    """)
    assert any("is not there any more" in n.text for n in hold_equal(house).notes)


def test_content_of_somebody_who_never_was_there_is_told_from_that_of_who_left(
    house: House,
) -> None:
    house.does(RemoveMember(email("sam")))
    for name, rules in (("sam", []), ("nobody", ["R33"])):
        house.declares(f"""
            members: {{ada@acme.example: {{role: admin}}}}
            content_transfers: [{{from: {name}@acme.example, to: ada@acme.example, reason: Left}}]
        """)
        assert [f.rule for f in hold_equal(house).findings if f.severity == "error"] == rules


def test_old_addresses_after_a_domain_migration_are_found(house: House) -> None:
    house.does(MigrateDomain("acme.example", "new.example", accept_loss=True))
    house.declares(TEAM)
    with house.store.reader("acme") as reader:
        made = make_plan(load(house.path), reader, actor=Email("ada@new.example"), now=house.now)
    with snapshot(house).reader("acme") as reader:
        other = make_plan(load(house.path), reader, actor=Email("ada@new.example"), now=house.now)
    assert any("was migrated to new.example" in f.what for f in made.findings)
    assert other.findings == made.findings


def test_who_moved_what_by_hand_is_told(house: House) -> None:
    house.does(Invite(email("eve"), Access(role=Role.USER)))
    (change,) = [c for c in hold_equal(house.declares(TEAM)).changes
                 if c.operation.subject == email("eve")]
    assert change.moved is not None
    assert change.moved.by == email("ada")
