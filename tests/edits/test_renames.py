"""People and domains under other names, wherever they are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.desired.edits.renames import rename_domain, rename_person
from reconciler.desired.edits.workspace import Workspace
from reconciler.model.email import Email
from reconciler.model.errors import InvalidInput
from tests.edits.files import HEAD, edited

LI, NEW = Email("li@acme.example"), Email("li@new.example")
EVERYWHERE = """\
members:
  ada@acme.example: {role: admin}
  'Li@ACME.example': {} # li@acme.example
departures:
  bob@acme.example: {transfer_content_to: "li@acme.example"}
email_changes:
  - {from: kim@acme.example, to: li@acme.example}
access_requests:
  deny: [eve@elsewhere.example, bob@acme.example]
content_transfers:
  - from: unassigned
    to: li@acme.example
"""


def test_a_person_is_renamed_wherever_they_are_named_in_the_quotes_that_are_there(
    tmp_path: Path,
) -> None:
    after = edited(tmp_path, EVERYWHERE, lambda files: rename_person(files, LI, NEW))
    assert after == EVERYWHERE.replace("'Li@ACME.example'", "'li@new.example'").replace(
        "li@acme.example", "li@new.example").replace("# li@new.example", "# li@acme.example")


def test_a_domain_is_renamed_wherever_it_is_named(tmp_path: Path) -> None:
    after = edited(tmp_path, EVERYWHERE,
                   lambda files: rename_domain(files, "acme.example", "new.example"))
    assert after == EVERYWHERE.replace("Li@ACME", "li@acme").replace(
        "acme.example", "new.example").replace("# li@new.example", "# li@acme.example")


def test_files_that_are_included_are_renamed_too_and_others_stay(tmp_path: Path) -> None:
    part = "apiVersion: reconciler/v1\nmembers:\n  %s: {}\n"
    root = "members: {ada@acme.example: {role: admin}}\n"
    after = edited(tmp_path, root, lambda files: rename_person(files, LI, NEW),
                   head=HEAD + "include: [m.yaml]\n", m=part % "li@acme.example")
    assert after == root
    assert (tmp_path / "m.yaml").read_text() == part % "li@new.example"


def test_a_change_of_address_stays_what_made_the_two_one_person(tmp_path: Path) -> None:
    change = "email_changes: [{from: li@acme.example, to: li@new.example}]\n"
    body = "members:\n  ada@acme.example: {role: admin}\n  %s: {}\n" + change
    for renamed in (lambda files: rename_person(files, LI, NEW),):
        assert edited(tmp_path, body % "li@acme.example", renamed) == body % "li@new.example"


def test_a_migration_says_what_it_said(tmp_path: Path) -> None:
    body = ("members:\n  ada@%s: {role: admin}\n"
            "domain_migration: {from: old.example, to: new.example}\n")
    assert edited(tmp_path, body % "old.example", lambda files: rename_domain(
        files, "old.example", "new.example")) == body % "new.example"


def test_two_people_never_become_one(tmp_path: Path) -> None:
    body = ("members:\n  ada@acme.example: {role: admin}\n  li@acme.example: {}\n"
            "  li@new.example: {}\n")
    says = r"li@new.example has an entry already, at org.yaml:10:3"
    with pytest.raises(InvalidInput, match=says) as refused:
        edited(tmp_path, body, lambda files: rename_person(files, LI, NEW))
    assert refused.value.how == "decide which of it and org.yaml:9:3 is right"
    with pytest.raises(InvalidInput, match=says):
        edited(tmp_path, body,
               lambda files: rename_domain(files, "acme.example", "new.example"))


def test_what_is_named_nowhere_is_refused_with_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "org.yaml").write_text(HEAD + EVERYWHERE)
    files = Workspace.open(tmp_path)
    with pytest.raises(InvalidInput, match=r"lee@acme.example is named nowhere") as refused:
        rename_person(files, Email("lee@acme.example"), NEW)
    assert refused.value.how == "did you mean li@acme.example?"
    with pytest.raises(InvalidInput, match=r"no address of acne.example") as refused:
        rename_domain(files, "acne.example", "new.example")
    assert refused.value.how == "did you mean acme.example?"
    with pytest.raises(InvalidInput, match="the same address"):
        rename_person(files, LI, LI)


def test_a_subdomain_is_another_domain(tmp_path: Path) -> None:
    body = "members:\n  ada@acme.example: {role: admin}\n  bob@eu.acme.example: {}\n"
    assert edited(tmp_path, body,
                  lambda files: rename_domain(files, "acme.example", "new.example")) == (
        body.replace("ada@acme", "ada@new"))


POLICY = """\
apiVersion: reconciler/v1
kind: Policy
# never without them
protected_members: [li@acme.example, ada@acme.example]
min_admins: 1
allowed_email_domains:
  - acme.example # ours
  - contractor.example
removals:
  default_receiver: "li@acme.example"
"""
BOTH = "members:\n  ada@acme.example: {role: admin}\n  li@acme.example:\n"


def test_the_policy_names_people_by_their_new_address_too(tmp_path: Path) -> None:
    assert edited(tmp_path, BOTH, lambda files: rename_person(files, LI, NEW),
                  policy=POLICY.replace("  - acme.example", "  - new.example\n  - acme.example")
                  ) == BOTH.replace("li@acme", "li@new")
    written = (tmp_path / "policy.yaml").read_text()
    assert written.count("li@new.example") == 2 and "li@acme.example" not in written


def test_machines_in_the_policy_are_renamed_like_people(tmp_path: Path) -> None:
    policy = POLICY + "approvals:\n  automation: [ada@acme.example, li@acme.example] # by CI\n"
    edited(tmp_path, BOTH, lambda files: rename_person(files, LI, NEW), policy=policy.replace(
        "  - acme.example", "  - new.example\n  - acme.example"))
    assert "automation: [ada@acme.example, li@new.example] # by CI" in (
        tmp_path / "policy.yaml").read_text()


def test_the_policy_allows_the_new_domain_in_place_of_the_old_one(tmp_path: Path) -> None:
    rename = lambda files: rename_domain(files, "acme.example", "new.example")  # noqa: E731
    edited(tmp_path, BOTH, rename, policy=POLICY)
    assert (tmp_path / "policy.yaml").read_text() == POLICY.replace("acme.", "new.")
    edited(tmp_path, BOTH, rename, policy=POLICY.replace("contractor.", "new."))
    assert (tmp_path / "policy.yaml").read_text() == POLICY.replace(
        "  - acme.example # ours\n", "").replace("contractor.", "new.").replace("acme.", "new.")
    edited(tmp_path, BOTH, rename, policy=POLICY.replace("  - acme.example # ours\n", ""))
    assert (tmp_path / "policy.yaml").read_text() == POLICY.replace(
        "  - acme.example # ours\n", "").replace(
        "  - contractor.example\n", "  - contractor.example\n  - new.example\n").replace(
        "@acme.", "@new.")
