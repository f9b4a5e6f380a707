"""Policies: the tighter of two, what is looser, and what is written down."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.images import image
from reconciler.model.operations import AllowLimit, SetPolicy
from reconciler.model.organization import ReceiverAccess
from reconciler.model.perform import perform
from reconciler.model.policy import (
    BUILT_IN,
    LIMITS,
    Limit,
    Policy,
    digest,
    effective,
    from_document,
    limits_of,
    looser_parts,
    tightest,
    to_document,
)
from tests.domain import ADA, BOB, NOW, SAM, an_org

people = st.frozensets(st.sampled_from([ADA, BOB, SAM]))
caps = st.builds(Limit, count=st.none() | st.integers(0, 60), percent=st.none() | st.integers(0, 99)
                 ).filter(lambda cap: cap != Limit())
policies = st.builds(
    Policy, protected_members=people, min_admins=st.integers(1, 4),
    allowed_email_domains=st.none() | st.frozensets(st.sampled_from(["a.example", "b.example"])),
    limits=st.dictionaries(st.sampled_from(LIMITS), caps).map(lambda made: limits_of(made.items())),
    default_receiver=st.none() | st.sampled_from([ADA, BOB]), require_transfer=st.booleans(),
    expire_after_days=st.integers(1, 90), resend_after_days=st.integers(1, 30),
    max_sends=st.integers(1, 5),
    receiver_access=st.none() | st.sampled_from(list(ReceiverAccess)))


def a_policy(**limits: Limit) -> Policy:
    return Policy(limits=limits_of(limits.items()))


@given(policies, policies, policies)
def test_the_tightest_of_policies_does_not_depend_on_their_order(
    a: Policy, b: Policy, c: Policy
) -> None:
    assert tightest(a, b) == tightest(b, a)
    assert tightest(a, tightest(b, c)) == tightest(tightest(a, b), c)
    assert tightest(a, a) == a
    assert tightest(a, tightest(a, b)) == tightest(a, b)


@given(policies, policies)
def test_the_tightest_is_nowhere_looser_than_either(a: Policy, b: Policy) -> None:
    held = tightest(a, b)
    assert looser_parts(a, held) == looser_parts(b, held) == []


@given(policies, policies)
def test_a_policy_is_looser_where_and_only_where_the_tightest_is_another(
    old: Policy, new: Policy
) -> None:
    assert (looser_parts(old, new) == []) is (tightest(old, new) == new)


@given(policies, policies, st.integers(0, 500), st.sampled_from(LIMITS))
def test_what_both_allow_is_what_the_tightest_allows(
    a: Policy, b: Policy, total: int, name: str
) -> None:
    allowed = [p.limit(name).allowed(total) for p in (a, b)]
    assert tightest(a, b).limit(name).allowed(total) == min(
        (n for n in allowed if n is not None), default=None)


@given(policies)
def test_a_policy_survives_being_written_down(policy: Policy) -> None:
    text = json.dumps(to_document(policy))
    assert from_document(json.loads(text)) == policy
    assert list(to_document(policy)) == sorted(to_document(policy))


@given(policies, policies)
def test_the_digest_is_of_what_it_says(a: Policy, b: Policy) -> None:
    assert (digest(a) == digest(b)) is (a == b)


@pytest.mark.parametrize(("limit", "total", "allowed"), [
    (Limit(count=20, percent=10), 1000, 20),
    (Limit(count=20, percent=10), 100, 10),
    (Limit(percent=10), 19, 1),
    (Limit(count=0), 100, 0),
    (Limit(), 100, None),
    (BUILT_IN.limit("removals"), 8, 5),
    (BUILT_IN.limit("removals"), 100, 25),
    (BUILT_IN.limit("demotions"), 100, None),
])
def test_the_smaller_allowance_wins_and_shares_are_rounded_down(
    limit: Limit, total: int, allowed: int | None
) -> None:
    assert limit.allowed(total) == allowed


def test_two_sets_of_domains_that_share_none_allow_nobody() -> None:
    ours, theirs = (Policy(allowed_email_domains=frozenset({domain}))
                    for domain in ("a.example", "b.example"))
    assert tightest(ours, theirs).allowed_email_domains == frozenset()
    assert not tightest(ours, theirs).allows(ADA)


def test_two_receivers_leave_none_so_that_somebody_decides() -> None:
    assert tightest(Policy(default_receiver=ADA),
                    Policy(default_receiver=BOB)).default_receiver is None


def test_the_first_policy_is_held_against_the_built_in_one() -> None:
    first = Policy(default_receiver=ADA, min_admins=2, max_sends=9,
                   limits=limits_of([("removals", Limit(count=1000))]))
    held = effective(None, first)
    assert held is not None
    assert (held.default_receiver, held.min_admins, held.max_sends) == (ADA, 2, 3)
    assert held.limit("removals").allowed(100) == 25
    assert effective(None, None) is None


def test_what_is_looser_is_said_in_words() -> None:
    old = Policy(protected_members=frozenset({ADA}), min_admins=2,
                 allowed_email_domains=frozenset({"acme.example"}),
                 limits=limits_of([("removals", Limit(count=3))]))
    assert looser_parts(old, Policy(max_sends=2)) == [
        "min admins: 2 becomes 1", "limit of removals: 3 becomes 25 %, at least 5",
        f"no longer protected: {ADA}", "email domains allowed besides: every domain"]


@pytest.mark.parametrize("document", [
    {"min_admin": 1}, {"limits": {"logins": {"count": 1}}}, {"receiver_access": "no"},
    {"limits": {"removals": {"most": 1}}},
])
def test_what_is_no_policy_is_refused(document: dict[str, object]) -> None:
    with pytest.raises((ValueError, TypeError, KeyError)):
        from_document(document)


def test_the_image_of_a_policy_is_what_is_kept() -> None:
    world = an_org().admin("ada").world
    change = SetPolicy(Policy(min_admins=2))
    assert image(world, change) == {"policy": None}
    perform(world, change, NOW)
    assert image(world, change) == {"policy": to_document(Policy(min_admins=2))}


def test_the_image_of_an_allowance_says_how_much_and_why() -> None:
    world = an_org().admin("ada").world
    change = AllowLimit("removals", 34, "Merger")
    assert image(world, change) == {"allowed": None, "reason": None}
    perform(world, change, NOW)
    assert image(world, change) == {"allowed": 34, "reason": "Merger"}
