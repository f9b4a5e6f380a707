"""Accounts in the store: kept by runs alone, and one person's each."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from reconciler.live.connect import open_store
from reconciler.live.ports import RunInfo, Step
from reconciler.live.sql.engine import make_engine, parse_url, writing
from reconciler.model.approvals import Approvals
from reconciler.model.errors import LimitExceeded, Refused, Stale, Unapproved
from reconciler.model.operations import (
    MigrateDomain,
    Operation,
    RemoveMember,
    Revoke,
    SetAccount,
    SetPolicy,
)
from reconciler.model.policy import Policy
from tests.domain import ADA, BOB, KIM, SAM, email
from tests.live.living import Live, to_version

SAMS = SetAccount(SAM, "github", "Sam-L")


@pytest.fixture
def peopled(live: Live) -> Live:
    """sam and bob have joined, kim is invited."""
    return live.member("sam").admin("bob").pending("kim")


def run(
    live: Live, *operations: Operation, by: str = "ada", approvals: Approvals | None = None
) -> None:
    number = len(live.store.runs("acme")) + 1
    info = RunInfo(id=f"r{number}", plan_digest=f"plan-{number}", desired_digest="d", commit=None,
                   summary={}, approvals=approvals or Approvals())
    live.performs(*(Step(operation=o) for o in operations), by=by, run=info)


def accounts(live: Live) -> dict[str, str]:
    """Whose each account is."""
    return {f"{a.service}:{a.name}": a.email for a in live.frame.accounts.values()}


def test_an_account_is_kept_as_it_was_stated(peopled: Live, store_url: str) -> None:
    run(peopled, SAMS)
    assert accounts(Live(open_store(store_url))) == {"github:Sam-L": SAM}
    record = peopled.store.audit("acme")[-2]
    assert (record.operation, record.subject, record.target) == ("set-account", SAM, "github")
    assert record.before == {"account": None, "speaks_for": None}
    assert record.after == {"account": "Sam-L", "speaks_for": SAM}


def test_only_a_run_says_whose_an_account_is(peopled: Live) -> None:
    assert peopled.refuses(SAMS) == {"L10"}


def test_only_an_org_admin_says_whose_an_account_is(peopled: Live) -> None:
    with pytest.raises(Refused) as raised:
        run(peopled, SAMS, by="sam")
    assert {f.rule for f in raised.value.findings} == {"R14"}
    run(peopled, SAMS, by="bob")


@pytest.mark.parametrize(("operation", "rules"), [
    (SetAccount(SAM, "gitlab", "sam"), {"L12"}),
    (SetAccount(SAM, "github", "sam lin"), {"L12"}),
    (SetAccount(SAM, "github", "@sam"), {"L12"}),
    (SetAccount(SAM, "github", ""), {"L12"}),
    (SetAccount(email("nobody"), "github", "nobody"), {"R01"}),
])
def test_what_can_be_no_account_of_anybody_is_refused(
    peopled: Live, operation: Operation, rules: set[str]
) -> None:
    with pytest.raises((Refused, LimitExceeded)) as raised:
        run(peopled, operation)
    assert {f.rule for f in raised.value.findings} == rules
    assert accounts(peopled) == {}


def test_whoever_gets_an_account_takes_it_from_who_had_it(peopled: Live) -> None:
    run(peopled, SAMS, SetAccount(BOB, "github", "bob"))
    run(peopled, SetAccount(BOB, "github", "SAM-L"))
    assert accounts(peopled) == {"github:SAM-L": BOB}
    # Both at once is no more than one after the other.
    run(peopled, SetAccount(SAM, "github", "bob"))
    run(peopled, SetAccount(SAM, "github", "sam-l"), SetAccount(BOB, "github", "bob"))
    assert accounts(peopled) == {"github:sam-l": SAM, "github:bob": BOB}


def test_an_account_that_became_anothers_since_makes_a_plan_stale(peopled: Live) -> None:
    run(peopled, SetAccount(BOB, "github", "Sam-L"))
    step = Step(operation=SAMS, precondition={"account": None, "speaks_for": None})
    with pytest.raises(Stale, match=f"speaks for was nothing and is {BOB}"):
        peopled.performs(step, run=RunInfo(id="r", plan_digest="p", desired_digest="",
                                           commit=None, summary={}))


def test_an_account_is_taken_away(peopled: Live) -> None:
    run(peopled, SAMS)
    run(peopled, SetAccount(SAM, "github", None))
    assert accounts(peopled) == {}


@pytest.mark.parametrize(("who", "leaves"), [(SAM, RemoveMember(SAM)), (KIM, Revoke(KIM))])
def test_the_account_of_who_leaves_is_nobodys(
    peopled: Live, who: str, leaves: Operation
) -> None:
    run(peopled, SetAccount(email(who), "github", "somebody"))
    peopled.does(leaves)
    assert accounts(peopled) == {}


def test_accounts_go_along_to_another_domain(peopled: Live) -> None:
    run(peopled, SAMS)
    peopled.does(MigrateDomain("acme.example", "new.example", True))
    assert accounts(peopled) == {"github:Sam-L": "sam@new.example"}


def test_whose_an_account_is_takes_an_approval_like_any_change(peopled: Live) -> None:
    run(peopled, SetPolicy(Policy(approvals_required=True)),
        approvals=Approvals(author=ADA, approvers=frozenset({BOB})))
    with pytest.raises(Unapproved):
        run(peopled, SAMS)
    # Not by whom it speaks for, whatever they may do.
    bobs = SetAccount(BOB, "github", "bob")
    by_bob = Approvals(author=ADA, approvers=frozenset({BOB}))
    with pytest.raises(Unapproved):
        run(peopled, bobs, approvals=by_bob)
    run(peopled, SAMS, approvals=by_bob)
    assert accounts(peopled) == {"github:Sam-L": SAM}


@pytest.mark.parametrize("values", [
    "'github', 'sam-l', 'Sam-L', 'bob@acme.example'",
    "'github', 'other', 'Other', 'sam@acme.example'",
    "'github', 'other', 'Other', 'nobody@acme.example'",
], ids=["an account of two", "two accounts of one", "an account of nobody"])
def test_the_database_itself_refuses(peopled: Live, store_url: str, values: str) -> None:
    run(peopled, SAMS)
    engine = make_engine(parse_url(store_url))
    with pytest.raises(Refused, match="own constraints"), writing(engine) as connection:
        connection.execute(text(f"INSERT INTO accounts VALUES ('acme', {values})"))


def test_a_store_of_an_older_version_is_brought_to_have_accounts(
    peopled: Live, store_url: str
) -> None:
    with writing(make_engine(parse_url(store_url))) as connection:
        to_version(connection, "0003")
    assert peopled.store.upgrade()
    run(peopled, SAMS)
    assert accounts(peopled) == {"github:Sam-L": SAM}
