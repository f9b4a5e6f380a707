"""A domain migration in each database: one transaction that carries everything it may."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.live.ports import Step
from reconciler.model.errors import Refused, Stale
from reconciler.model.images import image
from reconciler.model.migration import moved
from reconciler.model.operations import (
    AddContent,
    AddToGroup,
    ChangeSetting,
    CreateGroup,
    Invite,
    Login,
    MigrateDomain,
    Operation,
)
from reconciler.model.organization import ContentItem, ContentKind
from reconciler.model.world import World
from tests.domain import NOW, access, email
from tests.live.living import Live

MIGRATION = MigrateDomain("acme.example", "new.example")
ACCEPTED = replace(MIGRATION, accept_loss=True)


def an_item(id_: str, owner: str | None, space: str | None = "core") -> AddContent:
    return AddContent(ContentItem(id=id_, kind=ContentKind.CHART, title=id_, project="web",
                                  space=space, owner=email(owner) if owner else None))


@pytest.fixture
def peopled(live: Live) -> Live:
    """sam has one of everything, kim is invited, pat asks to join, lou is of another domain."""
    live.group("ops", web="viewer")
    live.member("sam", web="member", groups=["ops"], spaces=["core"], team="Data", default="web")
    live.pending("kim", mobile="manager", groups=["ops"]).requesting("pat")
    live.member("lou@other.example", web="viewer", groups=["ops"])
    return live.does(an_item("shared", "sam"), an_item("mine", "sam", None),
                     an_item("lous", "lou@other.example", None), an_item("nobodys", None))


def test_everything_is_carried_and_nobody_else_is_touched(peopled: Live) -> None:
    _, before, content = peopled.everything()
    peopled.does(ACCEPTED)
    _, after, left = peopled.everything()
    expected = {}
    for old, member in before.items():
        new = moved(old, "new.example") if old.endswith("@acme.example") else old
        expected[new] = member if new == old else replace(member, email=new, last_login_at=None)
    assert after == expected
    assert {i.id: i.owner for i in left} == {
        "shared": "sam@new.example", "lous": "lou@other.example", "nobodys": None}
    assert {i.id for i in content} - {i.id for i in left} == {"mine"}
    with peopled.store.reader("acme") as reader:
        assert set(reader.emails_in_group("ops")) == {
            "sam@new.example", "kim@new.example", "lou@other.example"}
        assert list(reader.admins()) == ["ada@new.example"]
    assert peopled.overview.joined == 3


def test_it_happens_in_one_transaction_with_one_record_whole(peopled: Live) -> None:
    peopled.does(ACCEPTED)
    record = peopled.last
    assert (record.actor, record.operation, record.subject) == (
        "ada@acme.example", "migrate-domain", "domain:acme.example")
    assert record.before["members"]["sam@acme.example"] == {"carried": {"chart": 1}, "lost": 1}
    assert (record.before["carried"], record.before["lost"]) == (1, 1)
    assert set(record.after["members"]) == {
        f"{name}@new.example" for name in ("ada", "sam", "kim", "pat")}
    assert peopled.store.verify("acme").breach is None


@pytest.mark.parametrize("operation", [
    MIGRATION, MigrateDomain("acme.example", "other.example", True),
    MigrateDomain("nowhere.example", "new.example", True),
    MigrateDomain("acme.example", "acme.example", True),
    MigrateDomain("acme.example", "no domain", True),
], ids=["loss", "in-use", "unknown", "itself", "malformed"])
def test_what_r50_forbids_is_refused_whoever_calls(peopled: Live, operation: Operation) -> None:
    assert peopled.refuses(operation) == {"R50"}


def test_it_is_for_org_admins_and_while_sso_is_off(peopled: Live) -> None:
    assert peopled.refuses(ACCEPTED, by="sam") == {"R14"}
    peopled.does(ChangeSetting("sso", True))
    assert peopled.refuses(ACCEPTED) == {"R50"}
    peopled.does(ChangeSetting("sso", False), ACCEPTED)
    assert peopled.known("ada@new.example").last_login_at is None


def test_a_refusal_in_the_same_transaction_takes_all_of_it_back(peopled: Live) -> None:
    before = peopled.everything()
    with pytest.raises(Refused):
        # ada has another address by then: nobody acts under the old one any more.
        peopled.does(ACCEPTED, CreateGroup("more"))
    assert peopled.everything() == before


def test_it_finds_what_it_was_reviewed_with_or_is_stale(peopled: Live) -> None:
    with peopled.store.reader("acme") as reader:
        reviewed = image(World(reader.frame(), reader), ACCEPTED)
    peopled.does(an_item("late", "sam", None))
    with pytest.raises(Stale, match=r"domain:acme\.example"):
        peopled.performs(Step(operation=ACCEPTED, precondition=reviewed))


def test_the_lost_ids_can_be_used_again_even_in_the_same_transaction(peopled: Live) -> None:
    peopled.admin("eve@other.example").does(ACCEPTED, an_item("mine", "lou@other.example"),
                                            by="eve@other.example")
    assert peopled.owner_of("mine") == "lou@other.example"


def test_people_log_in_and_move_on_under_their_new_address(peopled: Live) -> None:
    peopled.does(ACCEPTED).does(Login(email("sam@new.example")))
    assert peopled.known("sam@new.example").last_login_at == NOW
    back = MigrateDomain("new.example", "acme.example")
    peopled.does(back, by="ada@new.example")
    assert peopled.known("sam").groups == {"ops"}


def test_many_people_move_at_once(live: Live) -> None:
    names = [f"p{number:03}" for number in range(300)]
    live.group("ops", web="viewer")
    live.does(*(Invite(email(n), access(web="member", groups=["ops"])) for n in names))
    live.does(AddToGroup(email("ada"), "ops"), an_item("a", "ada"), an_item("b", "ada", None))
    live.does(ACCEPTED)
    _, after, content = live.everything()
    assert len(after) == 301
    assert all(e.endswith("@new.example") and m.groups == {"ops"} for e, m in after.items())
    assert [i.id for i in content] == ["a"]
