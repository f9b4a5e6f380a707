"""Accounts in a plan: what is stated under `accounts`, and what the live organization has."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.desired.export import export_yaml
from reconciler.desired.load import load
from reconciler.drift.classify import find_drift
from reconciler.drift.report import DriftKind
from reconciler.model.operations import Join, RemoveMember, SetAccount
from reconciler.planning.plan import Cause, Plan
from reconciler.reports.describe import describe
from tests.planning.house import House, email


def people(**accounts: str | None) -> str:
    """Ada, and these people with their GitHub account (None: without one)."""
    entries = [f"  {email(name)}: "
               f"{{{f'accounts: {{github: {login}}}' if login else ''}}}\n"
               for name, login in accounts.items() if name != "ada"]
    ada = accounts.get("ada")
    admin = f"role: admin{f', accounts: {{github: {ada}}}' if ada else ''}"
    return f"members:\n  {email('ada')}: {{{admin}}}\n{''.join(entries)}"


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def said(plan: Plan) -> list[str]:
    """What the plan does with accounts, in words."""
    return [f"{c.operation.subject.partition('@')[0]} "
            f"{describe(c.operation, c.before, c.after).text}"
            for c in plan.changes if isinstance(c.operation, SetAccount)]


def accounts(house: House) -> dict[str, str]:
    with house.store.reader("acme") as reader:
        return {a.name: a.email.partition("@")[0] for a in reader.frame().accounts.values()}


def test_an_account_that_is_stated_is_planned_at_its_line(house: House) -> None:
    house.is_live(people(sam=None))
    plan = house.declares(people(sam="Sam-L")).plan()
    assert said(plan) == ["sam account: none -> github:Sam-L"]
    change, = plan.changes
    assert (change.who_may, change.reversible) == ("an org admin", True)
    assert change.source is not None and change.source.line == 8
    house.apply(plan)
    assert accounts(house) == {"Sam-L": "sam"}
    assert house.plan().empty


def test_letter_case_makes_no_other_account(house: House) -> None:
    house.is_live(people(sam="Sam-L"))
    assert house.declares(people(sam="sam-l")).plan().empty


def test_somebody_who_is_invited_gets_theirs_after_it(house: House) -> None:
    house.is_live(people())
    plan = house.declares(people(kim="kim")).plan()
    assert [c.operation.kind for c in plan.changes] == ["invite", "set-account"]
    house.apply(plan)
    assert accounts(house) == {"kim": "kim"}


def test_an_account_that_is_not_stated_any_more_is_taken_away(house: House) -> None:
    house.is_live(people(sam="sam", kim="kim"))
    plan = house.declares(people(sam=None, kim="kim")).plan()
    assert said(plan) == ["sam account: github:sam -> none"]
    house.apply(plan)
    assert accounts(house) == {"kim": "kim"}


def test_an_account_moves_from_one_to_another_in_one_change(house: House) -> None:
    house.is_live(people(sam="octo", kim=None))
    plan = house.declares(people(sam=None, kim="octo")).plan()
    assert said(plan) == [
        "kim account: none -> github:octo (speaks for sam@acme.example no more)"]
    house.apply(plan)
    assert accounts(house) == {"octo": "kim"}
    assert house.plan().empty


def test_two_people_exchange_their_accounts(house: House) -> None:
    house.is_live(people(sam="octo", kim="cat"))
    house.declares(people(sam="cat", kim="octo")).apply()
    assert accounts(house) == {"cat": "sam", "octo": "kim"}
    assert house.plan().empty


def test_whoever_leaves_takes_their_account_along(house: House) -> None:
    house.is_live(people(sam="sam"), joined="sam")
    plan = house.declares(people()).plan()
    assert [c.operation.kind for c in plan.changes] == ["remove-member"]
    house.apply(plan)
    assert accounts(house) == {}


def test_people_whom_the_files_leave_alone_keep_theirs(house: House) -> None:
    house.is_live(people(sam="sam"))
    house.declares("manage: {members: additive}\n" + people(ada="ada")).apply()
    assert accounts(house) == {"sam": "sam", "ada": "ada"}
    plan = house.declares("manage: {members: ignore}\n" + people()).plan()
    assert said(plan) == []


def test_the_account_of_an_entry_that_has_ended_is_nobodys(house: House) -> None:
    house.is_live(people(sam="sam"), joined="sam")
    house.declares(people() + f"  {email('sam')}: {{accounts: {{github: sam}}, "
                   "until: 2026-02-01}\n")
    house.apply()
    assert accounts(house) == {}
    assert house.plan().empty


@pytest.mark.parametrize("named", ["old", "new"])
def test_an_account_stays_with_the_old_address_until_the_new_one_has_joined(
    house: House, named: str
) -> None:
    house.is_live(people(old="octo"), joined="old")
    house.declares(people(**{named: "octo"})
                   + f"email_changes: [{{from: {email('old')}, to: {email('new')}}}]\n")
    house.apply()
    assert accounts(house) == {"octo": "old"}
    house.does(Join(email("new")))
    house.apply()
    assert accounts(house) == {"octo": "new"}
    assert house.plan().empty


def test_an_account_follows_a_domain_migration(house: House) -> None:
    house.is_live(people(sam="sam"), joined="sam")
    migration = ("domain_migration: {from: acme.example, to: new.example, "
                 "accept_loss_of_personal_spaces: true}\n")
    house.declares(people(sam="sam") + migration)
    house.apply(confirm="migration")
    assert house.plan(by="ada@new.example").empty
    assert accounts(house) == {"sam": "sam"}


@pytest.mark.parametrize("files", [False, True])
def test_an_export_states_them(house: House, files: bool) -> None:
    house.is_live(people(sam="Sam-L", ada="ada", kim=None))
    with house.store.reader("acme") as reader:
        texts = export_yaml(reader.frame(), reader.members(reader.emails()).values(), files=files)
    for name, text in texts.items():
        (house.folder / name).parent.mkdir(exist_ok=True)
        (house.folder / name).write_text(text)
    assert "accounts:\n      github: Sam-L" in "".join(texts.values())
    assert house.plan().empty


def test_whoever_was_taken_out_by_hand_comes_back_with_their_account(house: House) -> None:
    house.is_live(people(sam="sam", kim=None), joined="sam")
    house.declares(people(sam="sam", kim="kim"))
    house.does(RemoveMember(email("sam")))
    changes = {c.key: c.cause for c in house.plan().changes}
    assert changes == {
        "invite:sam@acme.example": Cause.DRIFT,
        "set-account:sam@acme.example:github": Cause.DRIFT,
        "set-account:kim@acme.example:github": Cause.PENDING}
    house.apply(house.plan(only=(Cause.DRIFT,)))
    assert accounts(house) == {"sam": "sam"}


def test_the_account_of_somebody_who_was_taken_out_by_hand_is_no_drift_of_its_own(
    house: House
) -> None:
    house.is_live(people(sam="sam"), joined="sam").does(RemoveMember(email("sam")))
    with house.store.reader("acme") as reader:
        report = find_drift(load(house.path), reader, now=house.now)
    assert [(i.subject, i.kind) for i in report.items] == [(email("sam"), DriftKind.VANISHED)]


def test_where_no_people_are_compared_it_is_said_that_accounts_are_not(house: House) -> None:
    house.is_live(people(sam=None))
    plan = house.declares("manage: {members: ignore}\n" + people(sam="sam")).plan()
    assert plan.empty
    assert "accounts are not compared, as no people are (manage.members: ignore)" in [
        n.text for n in plan.notes]


@pytest.mark.parametrize(("many", "line"), [(10, 9), (1_001, 7)])
def test_of_very_many_accounts_the_line_of_the_entry_is_named(
    house: House, many: int, line: int
) -> None:
    crowd = {f"p{n}": f"user-{n}" for n in range(many)}
    block = f"  {email('abe')}:\n    role: user\n    accounts: {{github: abe}}\n"
    body = people().replace("members:\n", "members:\n" + block) + people(
        **crowd).partition("admin}\n")[2]
    plan = house.declares(body).plan()
    sources = {c.operation.subject: c.source for c in plan.changes
               if isinstance(c.operation, SetAccount)}
    assert len(sources) == many + 1
    source = sources[email("abe")]
    assert source is not None
    assert source.line == line
