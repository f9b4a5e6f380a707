"""People come, leave and get other roles, and the file stays the one that somebody wrote."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from reconciler.desired.edits.people import (
    Leaving,
    NewMember,
    add_members,
    remove_members,
    set_organization_role,
    set_project_roles,
)
from reconciler.desired.edits.workspace import Workspace
from reconciler.desired.load import load
from reconciler.model.email import Email
from reconciler.model.errors import InvalidInput, LimitExceeded, Refused
from reconciler.model.roles import Role
from tests.edits.files import HEAD, edited

ADA, BOB, KIM, SAM = (Email(f"{name}@acme.example") for name in ("ada", "bob", "kim", "sam"))
TEAM = """\
members:
  # Founded it all.

  ada@acme.example: {role: admin}   # for ever
  # Bob is in Berlin.
  bob@acme.example:
    name: "Bob"
    # as agreed in May
    projects:
      web: viewer # just looking
      # and later more

  sam@acme.example:
"""


def text(of: str) -> str:
    return dedent(of)


# --- add ------------------------------------------------------------------------------------------


def test_somebody_new_stands_where_they_belong_in_a_sorted_section(tmp_path: Path) -> None:
    after = edited(tmp_path, TEAM, lambda files: add_members(files, [KIM], NewMember(
        role=Role.USER, groups=("analysts",), projects={"web": Role.MEMBER}, until="2027-01-31")))
    assert after == TEAM.replace("      # and later more\n", """\
      # and later more
  kim@acme.example:
    role: user
    groups: [analysts]
    projects: {web: member}
    until: 2027-01-31
""")


def test_somebody_new_stands_last_in_a_section_in_no_order(tmp_path: Path) -> None:
    after = edited(tmp_path, """\
        members:
          sam@acme.example: {}
          ada@acme.example: {role: admin}
          # nobody else
        """, lambda files: add_members(files, [KIM, BOB], NewMember(projects={})))
    assert after == text("""\
        members:
          sam@acme.example: {}
          ada@acme.example: {role: admin}
          bob@acme.example: {}
          kim@acme.example: {}
          # nobody else
        """)


def test_a_new_entry_is_written_as_its_neighbours_are(tmp_path: Path) -> None:
    new = NewMember(projects={"web": Role.VIEWER})
    flow = edited(tmp_path, """\
        members:
            ada@acme.example: {role: admin}
        """, lambda files: add_members(files, [KIM], new))
    assert flow.endswith("    kim@acme.example: {projects: {web: viewer}}\n")
    wide = edited(tmp_path, """\
        members:
            ada@acme.example:
                role: admin

            sam@acme.example:
                role: user
        """, lambda files: add_members(files, [KIM], new))
    assert "admin\n\n    kim@acme.example:\n        projects: {web: viewer}\n\n    sam@" in wide
    braces = edited(tmp_path, "members: {ada@acme.example: {role: admin}, sam@acme.example: {}}",
                    lambda files: add_members(files, [KIM], new))
    assert braces == ("members: {ada@acme.example: {role: admin}, "
                      "kim@acme.example: {projects: {web: viewer}}, sam@acme.example: {}}")


def test_people_go_to_the_file_with_the_most_members_or_the_one_that_is_named(
    tmp_path: Path,
) -> None:
    head = HEAD + "include: [a.yaml, b.yaml]\n"
    a = "apiVersion: reconciler/v1\nmembers:\n  amy@acme.example:\n  ann@acme.example:\n"
    b = "apiVersion: reconciler/v1\nmembers:\n  amir@acme.example:\n"
    root = "members: {ada@acme.example: {role: admin}}\n"
    none = NewMember(projects={})
    assert edited(tmp_path, root, lambda files: add_members(files, [KIM], none),
                  head=head, a=a, b=b) == root
    assert (tmp_path / "a.yaml").read_text() == a + "  kim@acme.example: {}\n"
    edited(tmp_path, root, lambda files: add_members(files, [KIM], none, into="b.yaml"),
           head=head, a=a, b=b)
    assert (tmp_path / "b.yaml").read_text() == b + "  kim@acme.example: {}\n"
    with pytest.raises(InvalidInput, match=r"c\.yaml is no file of org\.yaml"):
        edited(tmp_path, root, lambda files: add_members(files, [KIM], none, into="c.yaml"),
               head=head, a=a, b=b)


@pytest.mark.parametrize(("new", "says", "way_out"), [
    (NewMember(projects={}, groups=("analyst",)), "no group analyst", "did you mean analysts?"),
    (NewMember(projects={"wbe": Role.VIEWER}), "no project wbe", "did you mean web?"),
    (NewMember(projects={}, default_project="wbe"), "no project wbe", "did you mean web?"),
    (NewMember(projects={}, team="Data"), "no team Data", "declare it under teams"),
])
def test_names_that_nobody_declared_are_refused_with_the_nearest(
    tmp_path: Path, new: NewMember, says: str, way_out: str
) -> None:
    with pytest.raises(InvalidInput, match=says) as refused:
        edited(tmp_path, TEAM, lambda files: add_members(files, [KIM], new))
    assert refused.value.how == way_out


def test_somebody_who_is_there_or_leaves_is_refused_with_the_place(tmp_path: Path) -> None:
    body = TEAM + "departures:\n  kim@acme.example: {leave_content: unassigned}\n"
    none = NewMember(projects={})
    with pytest.raises(InvalidInput, match=r"bob@acme.example is a member already, at "
                                           r"org.yaml:12:3"):
        edited(tmp_path, body, lambda files: add_members(files, [BOB], none))
    with pytest.raises(InvalidInput, match=r"kim@acme.example leaves, at org.yaml:\d+:3"):
        edited(tmp_path, body, lambda files: add_members(files, [KIM], none))


def test_the_first_member_can_be_added(tmp_path: Path) -> None:
    for empty in ("members: {} # nobody yet\n", ""):
        after = edited(tmp_path, empty, lambda files: add_members(
            files, [ADA], NewMember(role=Role.ADMIN, projects={})))
        assert "\n  ada@acme.example: {role: admin}\n" in after
        assert ("# nobody yet" in after) == bool(empty)


def test_people_go_to_the_file_that_has_their_part_of_the_alphabet(tmp_path: Path) -> None:
    part = "apiVersion: reconciler/v1\nmembers:\n"
    parts = {"a": part + "  ada@acme.example: {role: admin}\n  amy@acme.example: {}\n",
             "m": part + "  mia@acme.example: {}\n"}
    edited(tmp_path, "", lambda files: add_members(
        files, [KIM, SAM], NewMember(projects={})), head=HEAD + "include: [a.yaml, m.yaml]\n",
        **parts)
    assert (tmp_path / "a.yaml").read_text() == parts["a"] + "  kim@acme.example: {}\n"
    assert (tmp_path / "m.yaml").read_text() == parts["m"] + "  sam@acme.example: {}\n"


# --- remove ---------------------------------------------------------------------------------------


def test_a_removal_takes_the_comments_of_the_entry_and_says_where_the_content_goes(
    tmp_path: Path,
) -> None:
    after = edited(tmp_path, TEAM, lambda files: remove_members(
        files, [BOB], Leaving(receiver=ADA, reason="Moved on")))
    assert after == """\
members:
  # Founded it all.

  ada@acme.example: {role: admin}   # for ever

  sam@acme.example:

departures:
  bob@acme.example: {transfer_content_to: ada@acme.example, reason: Moved on}
"""


def test_a_comment_over_several_people_stays_when_the_first_of_them_leaves(
    tmp_path: Path,
) -> None:
    after = edited(tmp_path, """\
        members:
          ada@acme.example: {role: admin}

          # Contractors
          bob@acme.example:
          kim@acme.example:
        """, lambda files: remove_members(files, [BOB], None))
    assert after == text("""\
        members:
          ada@acme.example: {role: admin}

          # Contractors
          kim@acme.example:
        """)


def test_several_people_leave_at_once_in_braces_too(tmp_path: Path) -> None:
    after = edited(tmp_path, "members: {bob@acme.example: {}, kim@acme.example: {}, "
                             "ada@acme.example: {role: admin}}\ndepartures: {}\n",
                   lambda files: remove_members(files, [BOB, KIM], Leaving(receiver=None)))
    assert after == ("members: {ada@acme.example: {role: admin}}\ndepartures:\n"
                     "  bob@acme.example: {leave_content: unassigned}\n"
                     "  kim@acme.example: {leave_content: unassigned}\n")


NEEDED = """\
members:
  ada@acme.example: {role: admin}
  bob@acme.example: {}
  sam@acme.example: {}
"""


@pytest.mark.parametrize(("more", "says"), [
    ("departures:\n  eve@acme.example: {transfer_content_to: bob@acme.example}\n",
     "bob@acme.example receives the content of eve@acme.example, at org.yaml:12:43"),
    ("email_changes:\n  - {from: bob@acme.example, to: rob@acme.example}\n",
     "bob@acme.example changes their address, at org.yaml:12:12"),
    ("content_transfers:\n  - from: unassigned\n    to: bob@acme.example\n",
     "bob@acme.example is in a transfer, at org.yaml:13:9"),
])
def test_somebody_whom_another_entry_needs_is_not_removed(
    tmp_path: Path, more: str, says: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        edited(tmp_path, NEEDED + more, lambda files: remove_members(files, [BOB], None))
    assert refused.value.what == says


def test_content_goes_to_nobody_who_leaves_or_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"sam@acme.example leaves too"):
        edited(tmp_path, NEEDED, lambda files: remove_members(
            files, [BOB, SAM], Leaving(receiver=SAM)))
    with pytest.raises(InvalidInput, match=r"kim@acme.example is no member"):
        edited(tmp_path, NEEDED, lambda files: remove_members(
            files, [BOB], Leaving(receiver=KIM)))


def test_a_removal_that_leaves_no_admin_is_refused_and_nothing_is_written(
    tmp_path: Path,
) -> None:
    with pytest.raises(Refused) as refused:
        edited(tmp_path, TEAM, lambda files: remove_members(files, [ADA], None))
    assert [f.rule for f in refused.value.findings] == ["R20"]
    assert (tmp_path / "org.yaml").read_text() == HEAD + TEAM


def test_the_last_member_is_not_removed(tmp_path: Path) -> None:
    with pytest.raises(LimitExceeded):
        edited(tmp_path, "members:\n  ada@acme.example: {role: admin}\n",
               lambda files: remove_members(files, [ADA], None))


def test_a_rule_that_is_broken_already_hinders_no_edit(tmp_path: Path) -> None:
    body = "members:\n  ada@acme.example: {role: admin, groups: [gone]}\n  bob@acme.example:\n"
    after = edited(tmp_path, body, lambda files: remove_members(files, [BOB], None))
    assert after == "members:\n  ada@acme.example: {role: admin, groups: [gone]}\n"


# --- roles ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("before", "after"), [
    ("bob@acme.example:", "bob@acme.example: {role: admin}"),
    ("bob@acme.example:   # Bob", "bob@acme.example: {role: admin}   # Bob"),
    ("bob@acme.example: {}", "bob@acme.example: {role: admin}"),
    ("bob@acme.example: ~", "bob@acme.example: {role: admin}"),
    ("bob@acme.example: {name: Bob}", "bob@acme.example: {name: Bob, role: admin}"),
    ("bob@acme.example: { groups: [] }", "bob@acme.example: { role: admin, groups: [] }"),
    ("bob@acme.example: {role: 'user'}", "bob@acme.example: {role: 'admin'}"),
    ('bob@acme.example: {"role": "user"}', 'bob@acme.example: {"role": "admin"}'),
    ("bob@acme.example:\n    # none\n    groups: []",
     "bob@acme.example:\n    role: admin\n    # none\n    groups: []"),
    ("bob@acme.example:\n    name: Bob # B.\n    groups: []",
     "bob@acme.example:\n    name: Bob # B.\n    role: admin\n    groups: []"),
])
def test_an_organization_role_is_set_however_the_entry_is_written(
    tmp_path: Path, before: str, after: str
) -> None:
    body = "members:\n  ada@acme.example: {role: admin}\n  "
    assert edited(tmp_path, f"{body}{before}\n",
                  lambda files: set_organization_role(files, BOB, Role.ADMIN)) == (
        f"{body}{after}\n")


def test_roles_on_projects_are_set_added_and_removed_line_by_line(tmp_path: Path) -> None:
    after = edited(tmp_path, TEAM, lambda files: set_project_roles(
        files, BOB, {"ios": Role.MEMBER, "web": Role.MANAGER}))
    assert after == TEAM.replace("      web: viewer", "      ios: member\n      web: manager")
    after = edited(tmp_path, TEAM, lambda files: set_project_roles(files, BOB, {"web": None}))
    assert after == TEAM.replace(
        "    # as agreed in May\n    projects:\n      web: viewer # just looking\n"
        "      # and later more\n", "")


def test_what_is_said_about_a_role_stays_when_the_role_changes(tmp_path: Path) -> None:
    body = ("members:\n  ada@acme.example: {role: admin}\n"
            "  kim@acme.example: {projects: {web: {role: %s, until: 2999-01-31}}}\n")
    assert edited(tmp_path, body % "viewer", lambda files: set_project_roles(
        files, KIM, {"web": Role.MEMBER})) == body % "member"


def test_roles_of_the_defaults_are_written_out_when_one_of_them_changes(tmp_path: Path) -> None:
    body = ("defaults: {projects: {web: viewer, ios: viewer}}\nmembers:\n"
            "  ada@acme.example: {role: admin}\n  bob@acme.example:\n")
    edited(tmp_path, body, lambda files: set_project_roles(files, BOB, {"web": Role.ADMIN}))
    assert dict(load(tmp_path).members[BOB].projects) == {"web": "admin", "ios": "viewer"}
    after = edited(tmp_path, body, lambda files: set_project_roles(
        files, BOB, {"web": None, "ios": None}))
    assert after.endswith("  bob@acme.example: {projects: {}}\n")


def test_a_role_that_is_not_there_is_not_taken_away(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no direct role on ios"):
        edited(tmp_path, TEAM, lambda files: set_project_roles(files, BOB, {"ios": None}))


def test_a_role_of_the_other_mode_is_refused_by_its_rule(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        edited(tmp_path, TEAM, lambda files: set_organization_role(files, BOB, Role.MANAGER))
    assert {f.rule for f in refused.value.findings} == {"R04"}


def test_what_is_shared_by_an_anchor_is_left_to_a_person(tmp_path: Path) -> None:
    body = ("members:\n  ada@acme.example: {role: admin}\n  bob@acme.example: &b {role: user}\n"
            "  sam@acme.example: *b\n")
    for email in (BOB, SAM):
        with pytest.raises(InvalidInput, match="cannot be edited in place"):
            edited(tmp_path, body, lambda files, of=email: set_organization_role(
                files, of, Role.ADMIN))
    added = edited(tmp_path, body, lambda files: add_members(files, [KIM], NewMember(projects={})))
    assert added == body.replace("  sam@", "  kim@acme.example: {}\n  sam@")


def test_files_that_are_not_well_formed_are_not_edited(tmp_path: Path) -> None:
    (tmp_path / "org.yaml").write_text(HEAD + "members: {ada@acme.example: {rule: admin}}\n")
    with pytest.raises(InvalidInput) as refused:
        Workspace.open(tmp_path)
    assert [f.rule for f in refused.value.findings] == ["F05"]


def test_somebody_whom_the_policy_protects_is_not_removed(tmp_path: Path) -> None:
    policy = "apiVersion: reconciler/v1\nkind: Policy\nprotected_members: [bob@acme.example]\n"
    with pytest.raises(InvalidInput, match=r"bob@acme.example is protected, at policy.yaml:3:21"):
        edited(tmp_path, NEEDED, lambda files: remove_members(files, [BOB], None), policy=policy)


# --- files that are kept for some ----------------------------------------------------------------


KEPT_HEAD = HEAD + "include: [admins.yaml, projects/*.yaml, members/*.yaml]\n"
KEPT = {
    "admins": "apiVersion: reconciler/v1\nmembers: {ada@acme.example: {role: admin}}\n",
    "projects/web": "apiVersion: reconciler/v1\nmembers: {zoe@acme.example: {projects: "
                    "{web: viewer}}, amy@acme.example: {projects: {web: viewer}}}\n",
    "members/b": "apiVersion: reconciler/v1\nmembers: {bob@acme.example: {}}\n",
    "members/s": "apiVersion: reconciler/v1\nmembers: {sam@acme.example: {}}\n",
}


@pytest.mark.parametrize(("entry", "file"), [
    (NewMember(role=Role.ADMIN, projects={}), "admins.yaml"),
    (NewMember(projects={"web": Role.VIEWER}), "projects/web.yaml"),
    (NewMember(projects={"web": Role.VIEWER, "ios": Role.VIEWER}), "members/b.yaml"),
    (NewMember(projects={"ios": Role.VIEWER}), "members/b.yaml"),
    (NewMember(projects={"web": Role.VIEWER}, groups=("analysts",)), "members/b.yaml"),
    (NewMember(projects={}), "members/b.yaml"),
])
def test_files_that_are_kept_for_admins_and_projects_get_their_people_and_nobody_else(
    tmp_path: Path, entry: NewMember, file: str
) -> None:
    for folder in ("projects", "members"):
        (tmp_path / folder).mkdir()
    edited(tmp_path, "", lambda files: add_members(files, [KIM], entry), head=KEPT_HEAD, **KEPT)
    assert KIM in (tmp_path / file).read_text()


def test_where_all_files_are_kept_others_are_declared_in_the_root_file(tmp_path: Path) -> None:
    head = HEAD + "include: [admins.yaml]\n"
    after = edited(tmp_path, "", lambda files: add_members(files, [KIM], NewMember(projects={})),
                   head=head, admins=KEPT["admins"])
    assert KIM in after


def test_a_folder_that_is_called_projects_is_nobodys_by_its_name_alone(tmp_path: Path) -> None:
    (tmp_path / "projects").mkdir()
    head = HEAD + "include: [projects/*.yaml]\n"
    edited(tmp_path, "", lambda files: add_members(files, [KIM], NewMember(projects={})),
           head=head, **{"projects/everybody": KEPT["admins"]})
    assert KIM in (tmp_path / "projects" / "everybody.yaml").read_text()
