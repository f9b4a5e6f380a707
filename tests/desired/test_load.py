"""What a well-formed desired state means, and what only bytes and links can get wrong."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest
import yaml

from reconciler.desired import files as reading
from reconciler.desired.load import load
from reconciler.desired.state import Mode
from reconciler.model.email import Email
from reconciler.model.errors import InvalidInput, LimitExceeded
from reconciler.model.finding import Location
from reconciler.model.roles import Role
from reconciler.model.values import UNSET
from tests.desired.files import ADMIN, HEAD, ON, PART, written

SAM = Email("sam@acme.example")
ADA = Email("ada@acme.example")
KIM = Email("kim@acme.example")
EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "org.yaml"


def findings_of(path: Path) -> list[str]:
    with pytest.raises(InvalidInput) as refused:
        load(path)
    return [str(f) for f in refused.value.findings]


# --- meaning -----------------------------------------------------------------------------------


def test_absent_fields_are_defaults_or_unmanaged(tmp_path: Path) -> None:
    state = load(written(tmp_path, HEAD + ADMIN + "  sam@acme.example: {}\n  kim@acme.example:\n"))
    for email in (SAM, KIM):
        member = state.members[email]
        assert (member.role, dict(member.projects), set(member.groups)) == (None, {}, set())
        assert {member.name, member.team, member.default_project, member.spaces} == {UNSET}


def test_null_and_empty_clear_convenience_fields(tmp_path: Path) -> None:
    state = load(written(tmp_path, HEAD + ADMIN + (
        "  sam@acme.example: {name: null, team: ~, default_project: null, team_spaces: []}\n"
        "  kim@acme.example: {team_spaces: null}\n")))
    sam = state.members[SAM]
    assert (sam.name, sam.team, sam.default_project) == (None, None, None)
    assert sam.spaces == state.members[KIM].spaces == frozenset()


def test_defaults_hold_for_what_a_member_does_not_state(tmp_path: Path) -> None:
    state = load(written(tmp_path, HEAD + ADMIN + (
        "  sam@acme.example: {groups: [], projects: {}, team: null}\n"
        "  kim@acme.example:\n"
        "defaults:\n"
        "  role: viewer\n  team: Data\n  groups: [a]\n  projects: {web: member}\n"
        "  default_project: web\n  team_spaces: [growth]\n")))
    sam, kim, ada = state.members[SAM], state.members[KIM], state.members[ADA]
    assert (kim.role, kim.team, kim.groups) == (Role.VIEWER, "Data", {"a"})
    assert (kim.projects, kim.default_project) == ({"web": Role.MEMBER}, "web")
    assert kim.spaces == {"growth"}
    assert (sam.role, sam.team, sam.groups, sam.projects) == (Role.VIEWER, None, set(), {})
    assert ada.role is Role.ADMIN


def test_a_project_role_may_carry_a_reason(tmp_path: Path) -> None:
    state = load(written(tmp_path, HEAD + ADMIN + (
        "  sam@acme.example: {projects: {web: {role: viewer, reason: Audit}, app: admin}}\n")))
    assert state.members[SAM].projects == {"web": Role.VIEWER, "app": Role.ADMIN}


def test_case_and_blanks_in_emails_do_not_matter(tmp_path: Path) -> None:
    state = load(written(tmp_path, HEAD + (
        'members:\n  ADA@Acme.Example: {role: admin}\n  " sam@acme.example ": {}\n'
        "departures:\n  Bob@acme.example: {transfer_content_to: Ada@ACME.example}\n")))
    assert set(state.members) == {ADA, SAM}
    (departure,) = state.departures.values()
    assert (departure.email, departure.transfer_to) == ("bob@acme.example", ADA)


def test_what_is_not_stated_of_settings_is_left_alone(tmp_path: Path) -> None:
    state = load(written(tmp_path, HEAD + "tier: growth\nsettings: {sso: false}\n" + ADMIN))
    assert state.settings == {"tier": "growth", "sso": False}
    assert (state.manage.members, state.manage.team_spaces) == (Mode.AUTHORITATIVE, Mode.ADDITIVE)


def test_projects_and_spaces_without_a_name_are_called_by_their_id(tmp_path: Path) -> None:
    state = load(written(tmp_path, HEAD + ADMIN + (
        "projects: {web: {name: Web app}, app: }\nteam_spaces: {growth: {}}\n")))
    assert {p.id: p.name for p in state.projects.values()} == {"web": "Web app", "app": "app"}
    assert state.spaces["growth"].name == "growth"


def test_the_order_of_keys_and_lists_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / "1").mkdir()
    (tmp_path / "2").mkdir()
    one = load(written(tmp_path / "1", HEAD + ADMIN + (
        "  sam@acme.example: {groups: [a, b], projects: {web: viewer, app: admin}}\n")))
    two = load(written(tmp_path / "2", "organization: acme\nmembers:\n"
                       "  sam@acme.example: {projects: {app: admin, web: viewer}, "
                       "groups: [b, a]}\n  ada@acme.example: {role: admin}\n"
                       "apiVersion: reconciler/v1\n"))
    assert [(m.groups, m.projects) for m in (one.members[SAM], two.members[SAM])] == [
        ({"a", "b"}, {"web": Role.VIEWER, "app": Role.ADMIN})] * 2


def test_members_with_equal_groups_share_them(tmp_path: Path) -> None:
    state = load(written(tmp_path, HEAD + ADMIN + (
        "  sam@acme.example: {groups: [a, b]}\n  kim@acme.example: {groups: [a, b]}\n")))
    assert state.members[SAM].groups is state.members[KIM].groups


# --- files -------------------------------------------------------------------------------------


def test_included_files_are_merged_in_a_stable_order(tmp_path: Path) -> None:
    state = load(written(
        tmp_path, HEAD + 'include: [groups.yaml, "members/**/*.yaml"]\nteams: [Data]\n',
        groups=PART + "groups: {a: {description: A}}\nteams: [Sales]\n",
        members__b=PART + "members: {sam@acme.example: {}}\n",
        members__a=PART + "organization: acme\n" + ADMIN))
    assert state.files == ("org.yaml", "groups.yaml", "members/a.yaml", "members/b.yaml")
    assert state.teams == ("Data", "Sales")
    assert state.place(state.members[SAM]) == Location("members/b.yaml", 2)
    assert state.place(state.groups["a"]) == Location("groups.yaml", 2)


def test_one_file_and_its_directory_are_the_same_state(tmp_path: Path) -> None:
    written(tmp_path, HEAD + ADMIN)
    assert load(tmp_path) == load(tmp_path / "org.yaml") == load(str(tmp_path))


def test_the_digest_changes_with_any_byte_of_any_file_and_with_nothing_else(
    tmp_path: Path
) -> None:
    root = HEAD + "include: [a.yaml]\n" + ADMIN
    first = load(written(tmp_path, root, a=PART + "teams: [Data]\n"))
    assert load(tmp_path).digest == first.digest
    assert load(written(tmp_path, root, a=PART + "teams: [Data] \n")).digest != first.digest


def test_a_missing_file_says_what_to_name(tmp_path: Path) -> None:
    assert findings_of(tmp_path) == [
        "org.yaml: F01 cannot read org.yaml: no such file or directory "
        "(name a file, or a directory with org.yaml in it)"]


def test_a_directory_in_place_of_a_file_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "org.yaml").mkdir()
    assert findings_of(tmp_path)[0].startswith("org.yaml: F01 cannot read org.yaml")


def test_bytes_that_are_not_utf_8_are_found_at_their_place(tmp_path: Path) -> None:
    written(tmp_path, HEAD + "include: [a.yaml]\n" + ADMIN,
            a=PART.encode() + b"teams: [Da\xe9ta]\n")
    assert findings_of(tmp_path) == [
        "a.yaml:2:11: F02 byte 0xe9 is not UTF-8 (save the file as UTF-8)"]


def test_utf_16_is_refused(tmp_path: Path) -> None:
    (tmp_path / "org.yaml").write_bytes((HEAD + ADMIN).encode("utf-16"))
    assert "F02" in findings_of(tmp_path)[0]


def test_a_byte_order_mark_and_carriage_returns_are_harmless(tmp_path: Path) -> None:
    text = (HEAD + ADMIN + "  sam@acme.example: {}\n").replace("\n", "\r\n")
    (tmp_path / "org.yaml").write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert load(tmp_path).members[SAM].line == 5


def test_a_file_over_the_limit_is_refused_before_it_is_parsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MAX_FILE_BYTES", 1024 * 1024)
    written(tmp_path, HEAD + ADMIN + "#" * 1024 * 1024)
    assert findings_of(tmp_path) == [
        "org.yaml: F17 the file is larger than 1 MiB (split it and include the parts)"]


@pytest.mark.parametrize("link", ["file", "directory"])
def test_an_include_does_not_leave_the_directory_through_a_link(tmp_path: Path, link: str) -> None:
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    outside.mkdir()
    inside.mkdir()
    (outside / "a.yaml").write_text(PART + "teams: [Data]\n")
    if link == "file":
        (inside / "members").mkdir()
        (inside / "members" / "a.yaml").symlink_to(outside / "a.yaml")
    else:
        (inside / "members").symlink_to(outside)
    assert findings_of(written(inside, HEAD + "include: [members/*.yaml]\n" + ADMIN)) == [
        "org.yaml:3:11: F11 include members/*.yaml leaves the directory through the link "
        "members/a.yaml (include files of this directory only)"]


def test_links_that_run_in_circles_end(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "self").symlink_to(tmp_path)
    (tmp_path / "a" / "loop.yaml").symlink_to(tmp_path / "a" / "loop.yaml")
    written(tmp_path, HEAD + 'include: ["**/x*.yaml"]\n' + ADMIN)
    assert "F11 include **/x*.yaml matches no file" in findings_of(tmp_path)[0]


def test_a_link_within_the_directory_is_no_second_copy_of_its_file(tmp_path: Path) -> None:
    written(tmp_path, HEAD + "include: [members/*.yaml]\n", members__a=PART + ADMIN)
    (tmp_path / "members" / "b.yaml").symlink_to(tmp_path / "members" / "a.yaml")
    assert "F11 include members/*.yaml names members/b.yaml again" in findings_of(tmp_path)[0]


# --- the two ways in ---------------------------------------------------------------------------


def test_aliases_within_reason_mean_what_they_say(tmp_path: Path) -> None:
    state = load(written(tmp_path, HEAD + ADMIN + (
        "  sam@acme.example: {groups: &both [a, b]}\n  kim@acme.example: {groups: *both}\n")))
    assert state.members[KIM].groups == {"a", "b"}
    assert state.members[KIM].line == 6


def test_the_collector_is_as_it_was_after_loading(tmp_path: Path) -> None:
    written(tmp_path, HEAD)
    assert gc.isenabled()
    with pytest.raises(LimitExceeded):
        load(tmp_path)
    assert gc.isenabled()


def test_without_libyaml_the_state_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_libyaml = load(EXAMPLE)
    monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    assert load(EXAMPLE) == with_libyaml
    written(tmp_path, HEAD + "members:\n  ada@acme.example: {role: no}\n")
    assert "F07 role: no is read as the boolean false" in findings_of(tmp_path)[0]


def test_look_alike_emails_are_a_warning(tmp_path: Path) -> None:
    state = load(written(tmp_path, HEAD + ADMIN + "  аda@acme.example: {}\n" + ON))
    (warning,) = state.findings
    assert str(warning) == (
        "org.yaml:5:3: R01 warning: аda@acme.example looks like ada@acme.example "
        "(at org.yaml:4:3) (check that these are two people)")
