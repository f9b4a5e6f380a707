"""R50 and what a domain migration does, in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model.email import Email
from reconciler.model.images import image
from reconciler.model.migration import moved
from reconciler.model.operations import AddContent, ChangeSetting, MigrateDomain
from reconciler.model.organization import ContentItem, ContentKind, Member, MemberState
from tests.domain import ADA, SAM, Org, an_org, an_org_without_projects_on, email

MIGRATION = MigrateDomain("acme.example", "new.example")
ACCEPTED = MigrateDomain("acme.example", "new.example", accept_loss=True)


def acme() -> Org:
    """ada and sam are at acme.example, lou at other.example."""
    return an_org().admin("ada").member("sam", web="member").member("lou@other.example")


def said(org: Org, operation: MigrateDomain) -> str:
    return "\n".join(f"{f.what} ({f.how})" for f in org.judged(operation))


# --- R50 -----------------------------------------------------------------------------------------


def test_a_domain_with_members_migrates_to_one_that_nobody_uses() -> None:
    assert acme().refuses(MIGRATION, by="ada") == set()
    assert an_org_without_projects_on().admin("ada").refuses(MIGRATION, by="ada") == set()


def test_only_an_org_admin_migrates_a_domain() -> None:
    org = acme().member("max", web="admin", mobile="admin").pending("pia", role="admin")
    assert org.refuses(MIGRATION, by="max") == {"R14"}
    assert org.refuses(MIGRATION, by="pia") == {"R10"}
    off = an_org_without_projects_on().admin("ada").member("max", role="manager")
    assert off.refuses(MIGRATION, by="max") == {"R14"}


def test_sso_must_be_off() -> None:
    org = an_org(sso=True).admin("ada")
    assert org.refuses(MIGRATION) == {"R50"}
    assert org.do(ChangeSetting("sso", False)).refuses(MIGRATION) == set()


def test_a_domain_that_nobody_is_at_cannot_migrate_and_the_nearest_is_named() -> None:
    assert "did you mean acme.example?" in said(
        acme(), MigrateDomain("amce.example", "new.example"))
    assert "members are at acme.example, other.example" in said(
        acme(), MigrateDomain("zzz.test", "new.example"))
    # A part of a domain is another domain.
    assert acme().refuses(MigrateDomain("example", "new.example")) == {"R50"}
    assert acme().refuses(MigrateDomain("cme.example", "new.example")) == {"R50"}


def test_whoever_only_asks_to_join_makes_no_domain_with_members() -> None:
    org = acme().requesting("eve@asking.example")
    assert org.refuses(MigrateDomain("asking.example", "new.example")) == {"R50"}


def test_a_domain_in_use_takes_nobody_in_even_where_people_only_ask_to_join() -> None:
    assert "other.example is in use: lou@other.example" in said(
        acme(), MigrateDomain("acme.example", "other.example"))
    asking = acme().requesting("eve@new.example")
    assert "deny their requests first" in said(asking, MIGRATION)


def test_the_old_and_the_new_domain_differ() -> None:
    assert acme().refuses(MigrateDomain("acme.example", "acme.example")) == {"R50"}


def test_both_are_domains_in_their_normal_form() -> None:
    for wrong in ("", "example", "a b.example", "x@new.example", "new..example", "NEW.example",
                  "new.example.", "-new.example", "new\u200b.example"):
        assert acme().refuses(MigrateDomain("acme.example", wrong)) == {"R50"}, wrong
        assert acme().refuses(MigrateDomain(wrong, "new.example")) == {"R50"}, wrong


def test_an_address_that_would_be_too_long_is_named() -> None:
    long = f"{'a' * 235}@acme.example"
    org = acme().member(long)
    assert long in said(org, MigrateDomain("acme.example", "much-longer.example"))
    assert org.refuses(MIGRATION) == set()


def test_what_is_lost_must_be_accepted_and_is_counted_for_each_person() -> None:
    org = acme().content("c1", owner="sam").content("c2", owner="sam").content("c3", owner="ada")
    org.content("c4", owner="lou@other.example").content("c5", owner="sam", space="core")
    assert org.refuses(MIGRATION) == {"R50"}
    text = said(org, MIGRATION)
    assert "3 content items in them would be lost: ada@acme.example 1, sam@acme.example 2" in text
    assert "accept_loss_of_personal_spaces: true" in text
    assert org.refuses(ACCEPTED) == set()


def test_of_many_people_who_lose_something_some_are_named_and_the_rest_is_counted() -> None:
    org = acme()
    for number in range(40):
        org.member(f"p{number:02}").content(f"c{number}", owner=f"p{number:02}")
    assert "p09@acme.example 1 and 30 more" in said(org, MIGRATION)


# --- what it does --------------------------------------------------------------------------------


def test_everybody_moves_with_what_they_have_and_signs_in_again() -> None:
    org = (an_org(access_requests=True).group("readers", web="viewer").admin("ada")
           .member("sam", web="member", spaces=["core"], team="Data", default="web")
           .pending("kim", mobile="viewer").requesting("eve")
           .group("analysts", members=["sam", "kim"], web="viewer"))
    world = org.world
    assert world.in_group("analysts") == {SAM, email("kim")}
    before = {m.email: m for m in world.everybody()}
    org.do(MIGRATION)
    assert {m.email for m in world.everybody()} == {
        moved(e, "new.example") for e in before}
    for old, member in before.items():
        now = world.member(moved(old, "new.example"))
        assert now is not None
        assert now == _with(member, now.email)
        assert world.member(old) is None
    assert world.in_group("analysts") == {Email("sam@new.example"), Email("kim@new.example")}
    assert world.admins() == ["ada@new.example"]
    assert world.requesting() == ["eve@new.example"]
    assert world.with_project_roles() == ["kim@new.example", "sam@new.example"]


def test_content_of_team_spaces_goes_along_and_personal_content_is_gone() -> None:
    org = (acme().content("kept", owner="sam", space="core").content("lost", owner="sam")
           .content("theirs", owner="lou@other.example").content("nobodys", owner=None))
    org.do(ACCEPTED)
    world = org.world
    assert [i.id for i in world.content_of(email("sam@new.example"))] == ["kept"]
    assert world.content_of(SAM) == []
    assert [i.id for i in world.content_of(email("lou@other.example"))] == ["theirs"]
    assert [i.id for i in world.content_of(None)] == ["nobodys"]
    assert not world.has_content("lost")
    assert world.removed_content() == {"lost"}


def test_an_id_that_was_lost_can_be_used_again() -> None:
    org = acme().content("chart", owner="sam").do(ACCEPTED)
    again = AddContent(ContentItem(id="chart", kind=ContentKind.CHART, title="Another",
                                   project="web", owner=email("ada@new.example")))
    assert org.refuses(again, by="ada@new.example") == set()
    org.do(again)
    assert org.world.has_content("chart")


def test_the_image_says_what_is_carried_and_lost_for_each_person() -> None:
    org = (acme().content("c1", owner="sam", space="core").content("c2", owner="sam", space="core")
           .content("n1", owner="sam", space="core", kind="notebook").content("p", owner="ada"))
    assert image(org.world, MIGRATION) == {
        "domain": "acme.example", "carried": 3, "lost": 1, "members": {
            ADA: {"carried": {}, "lost": 1},
            SAM: {"carried": {"chart": 2, "notebook": 1}, "lost": 0}}}
    org.do(ACCEPTED)
    assert image(org.world, MIGRATION) == {
        "domain": "new.example", "carried": 3, "lost": 0, "members": {
            "ada@new.example": {"carried": {}, "lost": 0},
            "sam@new.example": {"carried": {"chart": 2, "notebook": 1}, "lost": 0}}}


# --- the law -------------------------------------------------------------------------------------

people: st.SearchStrategy[dict[str, Any]] = st.builds(
    dict, name=st.sampled_from(["a", "b", "c", "d", "e"]),
    domain=st.sampled_from(["acme.example", "sub.acme.example", "other.example"]),
    state=st.sampled_from(["joined", "pending"]), web=st.sampled_from(["viewer", "admin"]),
    groups=st.lists(st.sampled_from(["readers"]), max_size=1),
    spaces=st.lists(st.sampled_from(["core", "growth"]), unique=True),
    team=st.sampled_from([None, "Data"]), default=st.sampled_from([None, "web"]))
items = st.tuples(st.integers(0, 9), st.sampled_from([None, "core"]), st.booleans())


@settings(max_examples=60, deadline=None)
@given(st.lists(people, max_size=8), st.lists(items, max_size=8))
def test_a_migration_loses_personal_content_alone_and_touches_nobody_else(
    crowd: list[dict[str, Any]], owned: list[tuple[int, str | None, bool]]
) -> None:
    org = an_org().admin("ada").group("readers", mobile="viewer")
    owners: list[str | None] = ["ada"]
    for given_ in crowd:
        name = f"{given_['name']}@{given_['domain']}"
        org.member(name, **{k: v for k, v in given_.items() if k not in ("name", "domain")})
        owners.append(name)
    for number, (whose, space, unassigned) in enumerate(owned):
        org.content(f"c{number}", owner=None if unassigned else owners[whose % len(owners)],
                    space=space)
    people_before = dict(org.stored.people)
    content_before = dict(org.stored.content)
    assert org.refuses(ACCEPTED, by="ada") == set()
    world = org.do(ACCEPTED).world

    now = {m.email: m for m in world.everybody()}
    for old, member in people_before.items():
        here = _there(old)
        assert now.pop(here) == (member if here == old else _with(member, here))
    assert now == {}
    lost = {i.id for i in content_before.values()
            if i.space is None and i.owner is not None and _there(i.owner) != i.owner}
    left = {i.id: i for owner in (None, *map(_there, people_before))
            for i in world.content_of(owner)}
    assert left.keys() == content_before.keys() - lost == {
        i for i in content_before if world.has_content(i)}
    for id_, item in left.items():
        assert item.owner == (None if content_before[id_].owner is None
                              else _there(content_before[id_].owner or ADA))


def _there(old: Email) -> Email:
    return moved(old, "new.example") if old.endswith("@acme.example") else old


def _with(member: Member, address: Email) -> Member:
    assert member.state is MemberState.JOINED or member.last_login_at is None
    return replace(member, email=address, last_login_at=None)
