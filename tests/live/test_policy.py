"""The policy in the store: kept from run to run, and asked inside the transaction."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import inspect, text

from reconciler.live.connect import open_store
from reconciler.live.ports import RunInfo, Step
from reconciler.live.sql.engine import make_engine, parse_url, reading, writing
from reconciler.model.errors import LimitExceeded, Refused, Unreachable
from reconciler.model.operations import (
    AllowLimit,
    Invite,
    MigrateDomain,
    Operation,
    RemoveMember,
    Resend,
    Revoke,
    SetPolicy,
    SetRole,
)
from reconciler.model.policy import BUILT_IN, Limit, Policy, digest, limits_of, to_document
from reconciler.model.roles import Role
from tests.domain import ADA, BOB, KIM, NOW, SAM, access, email
from tests.live.living import Live, an_org_in, to_version

TWO_ADMINS = Policy(min_admins=2)


def run(live: Live, *operations: Operation, by: str = "ada") -> None:
    """A run of these operations; each has a number of its own."""
    number = len(live.store.runs("acme")) + 1
    info = RunInfo(id=f"r{number}", plan_digest=f"plan-{number}", desired_digest="d", commit=None,
                   summary={})
    live.performs(*(Step(operation=o) for o in operations), by=by, run=info)


def refusal(live: Live, *operations: Operation, by: str = "ada") -> tuple[type, set[str]]:
    """What the store raises for a run, and its rules; nothing was written."""
    before = live.everything()
    with pytest.raises((Refused, LimitExceeded)) as raised:
        run(live, *operations, by=by)
    assert live.everything() == before, "a refusal wrote something"
    return raised.type, {f.rule for f in raised.value.findings}


def limited(name: str, count: int | None = None, percent: int | None = None) -> Policy:
    return Policy(limits=limits_of([(name, Limit(count=count, percent=percent))]))


def test_a_policy_is_kept_as_it_was_applied(live: Live, store_url: str) -> None:
    assert live.frame.policy is None
    policy = Policy(protected_members=frozenset({ADA}), min_admins=2, default_receiver=SAM,
                    allowed_email_domains=frozenset({"acme.example"}),
                    limits=limits_of([("removals", Limit(count=20, percent=10)),
                                      ("content_unassigned", Limit(count=0))]))
    run(live, SetPolicy(policy))
    assert live.frame.policy == policy
    run(live, SetPolicy(BUILT_IN))
    assert live.frame.policy == BUILT_IN
    with reading(make_engine(parse_url(store_url))) as connection:
        rows = connection.execute(text("SELECT organization, digest, sequence FROM policies")).all()
    # The record behind it is that of the run itself.
    assert [tuple(row) for row in rows] == [("acme", digest(BUILT_IN), live.frame.sequence - 1)]


def test_a_policy_belongs_to_one_organization(live: Live) -> None:
    run(live, SetPolicy(TWO_ADMINS))
    live.store.create_organization("other", settings=live.frame.settings, admin=BOB, now=NOW)
    with live.store.reader("other") as reader:
        assert reader.frame().policy is None


def test_the_audit_log_keeps_policy_and_allowance_with_its_reason(live: Live) -> None:
    for name in ("p1", "p2", "p3", "p4", "p5", "p6"):
        live.member(name)
    sequence = live.frame.sequence
    run(live, SetPolicy(TWO_ADMINS), AllowLimit("removals", 6, "Office closed"),
        *(RemoveMember(email(f"p{n}")) for n in range(1, 7)))
    first, second, *_ = live.store.audit("acme", after=sequence)
    assert (first.operation, first.subject, first.run) == ("set-policy", "policy", "r1")
    assert (first.before, first.after) == ({"policy": None}, {"policy": to_document(TWO_ADMINS)})
    assert (second.operation, second.subject) == ("allow-limit", "limit:removals")
    assert second.after == {"allowed": 6, "reason": "Office closed"}
    assert live.store.verify("acme").breach is None


@pytest.mark.parametrize("operation", [SetPolicy(TWO_ADMINS), AllowLimit("removals", 6, "Why")],
                         ids=lambda o: o.kind)
def test_outside_a_run_nobody_sets_a_policy_or_allows_a_limit(
    live: Live, operation: Operation
) -> None:
    assert live.refuses(operation) == {"L10"}


def test_only_an_org_admin_sets_the_policy(live: Live) -> None:
    live.member("sam", web="manager")
    assert refusal(live, SetPolicy(TWO_ADMINS), by="sam") == (Refused, {"R14"})


def test_tightening_holds_at_once_and_loosening_in_the_next_run(live: Live) -> None:
    live.admin("bob")
    demotion = SetRole(BOB, Role.USER)
    assert refusal(live, SetPolicy(TWO_ADMINS), demotion) == (LimitExceeded, {"L04"})
    run(live, SetPolicy(TWO_ADMINS))
    assert refusal(live, SetPolicy(BUILT_IN), demotion) == (LimitExceeded, {"L04"})
    assert refusal(live, demotion, SetPolicy(BUILT_IN)) == (LimitExceeded, {"L04"})
    run(live, SetPolicy(BUILT_IN))
    run(live, demotion)
    assert live.known("bob").role is Role.USER


def test_two_policies_in_one_run_are_no_way_round(live: Live) -> None:
    live.admin("bob")
    run(live, SetPolicy(TWO_ADMINS))
    assert refusal(live, SetPolicy(BUILT_IN), SetPolicy(Policy(max_sends=1)),
                   SetRole(BOB, Role.USER)) == (LimitExceeded, {"L04"})


def test_the_first_policy_does_not_loosen_what_is_built_in(live: Live) -> None:
    for number in range(6):
        live.member(f"p{number}")
    everybody_else = [RemoveMember(email(f"p{n}")) for n in range(6)]
    loose = SetPolicy(limited("removals", count=1000))
    assert refusal(live, loose, *everybody_else) == (LimitExceeded, {"L02"})
    run(live, loose)
    run(live, *everybody_else)


def test_people_at_the_members_page_are_not_held_by_the_policy(live: Live) -> None:
    live.admin("bob")
    run(live, SetPolicy(replace(TWO_ADMINS, protected_members=frozenset({BOB}))))
    live.does(SetRole(BOB, Role.USER))
    assert live.known("bob").role is Role.USER


@pytest.mark.parametrize(("policy", "operations", "rule"), [
    (limited("removals", count=1), [RemoveMember(SAM), Revoke(KIM)], "L02"),
    (Policy(protected_members=frozenset({SAM})), [RemoveMember(SAM)], "L03"),
    (Policy(min_admins=2), [RemoveMember(BOB)], "L04"),
    (Policy(allowed_email_domains=frozenset({"acme.example"})),
     [Invite(email("x@elsewhere.example"), access())], "L05"),
    (limited("demotions", count=0), [SetRole(BOB, Role.USER)], "L06"),
    (limited("invitations", percent=30), [Invite(email("a"), access()),
                                          Invite(email("b"), access())], "L07"),
    (limited("content_unassigned", count=0), [RemoveMember(SAM)], "L08"),
    (limited("content_unassigned", percent=49), [RemoveMember(SAM)], "L08"),
    (Policy(), [Resend(KIM)], "L09"),
    (Policy(), [AllowLimit("removals", 1, "Why"), RemoveMember(SAM)], "L10"),
    (Policy(), [AllowLimit("removals", 7, " ")], "L10"),
], ids=lambda v: v if isinstance(v, str) else "")
def test_a_forged_run_is_refused_by_every_rule_of_the_policy(
    live: Live, policy: Policy, operations: list[Operation], rule: str
) -> None:
    live.admin("bob").member("sam", web="viewer").pending("kim")
    live.content("c1", owner="sam").content("c2", owner="ada")
    run(live, SetPolicy(policy))
    kind, rules = refusal(live, *operations)
    assert rule in rules
    assert kind is LimitExceeded


def test_everybody_cannot_be_removed_even_by_name(live: Live) -> None:
    # Whoever acts stays (R15), so the last of all is out of reach of any one run.
    live.member("sam")
    kind, rules = refusal(live, AllowLimit("removals", 2, "Closing"), RemoveMember(SAM),
                          RemoveMember(ADA))
    assert kind is Refused
    assert "R15" in rules


def test_a_limit_is_exceeded_by_exactly_the_number_named(live: Live) -> None:
    live.admin("bob").member("sam")
    run(live, SetPolicy(limited("demotions", count=0)))
    demotion = SetRole(BOB, Role.USER)
    assert refusal(live, AllowLimit("demotions", 2, "Why"), demotion) == (LimitExceeded, {"L06"})
    run(live, AllowLimit("demotions", 1, "Bob changes teams"), demotion)
    live.does(SetRole(BOB, Role.ADMIN))
    assert refusal(live, demotion) == (LimitExceeded, {"L06"}), "an allowance is of one run"


@pytest.mark.parametrize("beside", [
    RemoveMember(email("sam@new.example")), SetRole(email("bob@new.example"), Role.USER)])
def test_a_run_that_migrates_a_domain_changes_nobody_else(live: Live, beside: Operation) -> None:
    live.admin("bob@old.example").member("sam@old.example")
    protected = frozenset({email("bob@old.example"), email("sam@old.example")})
    run(live, SetPolicy(Policy(protected_members=protected)))
    migration = MigrateDomain("old.example", "new.example", accept_loss=True)
    assert refusal(live, migration, beside) == (Refused, {"R50"})
    run(live, migration)


def test_a_store_of_the_first_version_gets_the_table_and_keeps_what_it_has(
    store_url: str,
) -> None:
    live = an_org_in(store_url).member("sam", web="viewer")
    everything = live.everything()
    engine = make_engine(parse_url(store_url))
    with writing(engine) as connection:
        to_version(connection, "0001")
    with pytest.raises(Unreachable, match="older version"):
        live.everything()
    store = open_store(store_url)
    assert store.upgrade() is True
    assert live.everything() == everything
    assert live.frame.policy is None
    run(live, SetPolicy(TWO_ADMINS))
    assert live.frame.policy == TWO_ADMINS
    with reading(engine) as connection:
        assert "policies" in inspect(connection).get_table_names()
