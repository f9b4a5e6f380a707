"""Who is asked to review which file: those who may decide on all that is in it."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from reconciler.desired.load import load
from reconciler.gitops import codeowners as making
from reconciler.gitops.codeowners import MADE_BY, Codeowners, codeowners
from reconciler.model.email import Email
from reconciler.model.errors import InvalidInput
from tests.cli.shell import Ran, Shell
from tests.gitops.owners import owners_of

ROOT = """\
apiVersion: reconciler/v1
organization: acme
tier: enterprise
settings: {project_level_permissions: true}
include: [parts/*.yaml]
projects: {web: {}, ios: {}}
groups:
  leads: {projects: {web: manager, ios: manager}}
  readers: {projects: {web: viewer}}
members:
  ada@acme.example: {role: admin}
  wim@acme.example: {projects: {web: manager}}
  ina@acme.example: {projects: {ios: admin}}
  lea@acme.example: {groups: [leads]}
"""
ADA, INA, LEA, WIM = (f"{name}@acme.example" for name in ("ada", "ina", "lea", "wim"))


def made(folder: Path, *, root: str = ROOT, automation: tuple[str, ...] = (),
         **parts: str) -> Codeowners:
    """CODEOWNERS of a root file and parts by name, members alone where they begin with an @."""
    (folder / "parts").mkdir()
    (folder / "org.yaml").write_text(root)
    for name, text in parts.items():
        (folder / "parts" / f"{name}.yaml").write_text("apiVersion: reconciler/v1\n" + dedent(text))
    return codeowners(load(folder), folder="access/", command="make it",
                      automation=[Email(e) for e in automation])


def owners(folder: Path, part: str, *, root: str = ROOT) -> list[str]:
    """The owners of one part."""
    return owners_of(made(folder, root=root, part=part).text, "access/parts/part.yaml")


@pytest.mark.parametrize(("says", "expected"), [
    ("{projects: {web: viewer}}", [ADA, LEA, WIM]),
    ("{projects: {ios: viewer}}", [ADA, INA, LEA]),
    ("{projects: {web: viewer, ios: viewer}}", [ADA, LEA]),
    ("{projects: {web: viewer}, team: null, default_project: web}", [ADA, LEA, WIM]),
    ("{groups: [readers]}", [ADA]),
    ("{projects: {web: viewer}, groups: [readers]}", [ADA]),
    ("{role: admin}", [ADA]),
    ("{}", [ADA]),
])
def test_who_manages_all_projects_of_a_file_owns_it_beside_the_admins(
    tmp_path: Path, says: str, expected: list[str]
) -> None:
    part = f"members:\n  kim@acme.example: {says}\n"
    if "role: admin" in says:
        expected = [ADA, "kim@acme.example"]
    assert owners(tmp_path, part) == expected


def test_a_file_is_owned_by_who_manages_what_all_of_its_people_have(tmp_path: Path) -> None:
    assert owners(tmp_path, """
        members:
          kim@acme.example: {projects: {web: viewer}}
          bob@acme.example: {projects: {ios: viewer}}
          joe@acme.example: {}
    """) == [ADA, LEA]


@pytest.mark.parametrize("more", [
    "departures: {bob@acme.example: {transfer_content_to: ada@acme.example}}",
    "groups: {writers: {projects: {web: member}}}",
    "projects: {more: {}}",
    "team_spaces: {growth: {}}",
    "teams: [Data]",
    "email_changes: [{from: lea@acme.example, to: le@acme.example}]",
    "access_requests: {deny: [bob@acme.example]}",
    "content_transfers: [{from: unassigned, to: ada@acme.example}]",
])
def test_a_file_with_anything_else_than_people_is_the_admins(tmp_path: Path, more: str) -> None:
    part = f"members:\n  kim@acme.example: {{projects: {{web: viewer}}}}\n{more}\n"
    assert owners(tmp_path, part) == [ADA]


def test_admins_own_everything_that_is_not_named(tmp_path: Path) -> None:
    text = made(tmp_path, web="members: {kim@acme.example: {projects: {web: viewer}}}").text
    for path in ("access/org.yaml", "access/policy.yaml", ".github/workflows/apply.yml",
                 ".github/CODEOWNERS", "README.md"):
        assert owners_of(text, path) == [ADA]


def test_with_one_role_for_all_projects_managers_own_the_files_of_people(tmp_path: Path) -> None:
    root = """\
apiVersion: reconciler/v1
organization: acme
settings: {project_level_permissions: false}
include: [parts/*.yaml]
members:
  ada@acme.example: {role: admin}
  wim@acme.example: {role: manager}
"""
    text = made(tmp_path, root=root, people="members: {kim@acme.example: {role: viewer}}",
                admins="members: {bo@acme.example: {role: admin}}").text
    both = [ADA, "bo@acme.example"]
    assert owners_of(text, "access/parts/people.yaml") == [*both, WIM]
    assert owners_of(text, "access/parts/admins.yaml") == both


def test_what_is_not_stated_of_the_switch_is_told_by_the_roles(tmp_path: Path) -> None:
    root = ROOT.replace("settings: {project_level_permissions: true}\n", "")
    part = "members: {kim@acme.example: {projects: {web: viewer}}}"
    assert owners(tmp_path, part, root=root) == [ADA, LEA, WIM]


@pytest.mark.parametrize(("before", "after", "gone"), [
    ("wim@acme.example: {projects: {web: manager}}",
     "wim@acme.example: {projects: {web: {role: manager, until: 2999-01-01}}}", WIM),
    ("wim@acme.example: {projects: {web: manager}}",
     "wim@acme.example: {until: 2999-01-01, projects: {web: manager}}", WIM),
    ("groups: [leads]", "groups: [{group: leads, until: 2999-01-01}]", LEA),
    ("leads: {projects: {web: manager, ", "leads: {projects: {web: {role: manager, until: "
     "2999-01-01}, ", LEA),
])
def test_a_role_with_an_end_makes_nobody_an_owner(
    tmp_path: Path, before: str, after: str, gone: str
) -> None:
    assert before in ROOT
    part = "members: {kim@acme.example: {projects: {web: viewer}}}"
    assert owners(tmp_path, part, root=ROOT.replace(before, after)) == [
        person for person in (ADA, LEA, WIM) if person != gone]


def test_people_are_named_by_their_account_and_machines_not_at_all(tmp_path: Path) -> None:
    root = ROOT.replace("wim@acme.example: {", "wim@acme.example: {accounts: {github: Wim-1}, ")
    text = made(tmp_path, root=root, automation=(LEA,),
                web="members: {kim@acme.example: {projects: {web: viewer}}}").text
    assert owners_of(text, "access/parts/web.yaml") == ["@Wim-1", ADA]


def test_a_blank_in_a_name_is_escaped_and_what_no_pattern_can_name_stays_with_the_admins(
    tmp_path: Path
) -> None:
    entry = "members: {%s@acme.example: {projects: {web: viewer}}}"
    names = ["a b", "c#d", "e[f]", "g*h", "!i", "j\\k", "l\tm", "plain", "日本"]
    whole = made(tmp_path, **{name: entry % f"p{n}" for n, name in enumerate(names)})
    lines = [line.split(" ada@")[0] for line in whole.text.splitlines() if line.startswith("/")]
    assert lines == ["/access/parts/a\\ b.yaml", "/access/parts/plain.yaml",
                     "/access/parts/日本.yaml"]
    assert whole.unwritable_files == tuple(
        sorted(f"access/parts/{n}.yaml" for n in names if n not in ("a b", "plain", "日本")))
    assert owners_of(whole.text, "access/parts/c#d.yaml") == [ADA]


def test_an_address_that_would_be_read_as_something_else_is_left_out(tmp_path: Path) -> None:
    root = ROOT.replace("wim@", "'wim#x@").replace("'wim#x@acme.example:", "'wim#x@acme.example':")
    whole = made(tmp_path, root=root, web="members: {kim@acme.example: {projects: {web: viewer}}}")
    assert "#x" not in whole.text
    assert whole.unwritable_owners == ("wim#x@acme.example",)


@pytest.mark.parametrize("admin", [
    "{role: admin, until: 2999-01-01}", "{role: admin}"])
def test_files_that_nobody_would_own_are_refused(tmp_path: Path, admin: str) -> None:
    root = ROOT.replace("ada@acme.example: {role: admin}", f"ada@acme.example: {admin}")
    with pytest.raises(InvalidInput, match="no org admin is declared who could own"):
        made(tmp_path, root=root, automation=(ADA,) if "until" not in admin else (),
             part="members: {}")


def test_a_file_that_github_would_ignore_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "MAX_BYTES", 100)
    with pytest.raises(InvalidInput, match="GitHub ignores one of more than 100"):
        made(tmp_path, part="members: {}")


# --- the command ---------------------------------------------------------------------------------


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """In a repository with its files in access/."""
    (tmp_path / ".git").mkdir()
    (tmp_path / ".github").mkdir()
    (tmp_path / "access" / "parts").mkdir(parents=True)
    (tmp_path / "access" / "org.yaml").write_text(ROOT)
    (tmp_path / "access" / "parts" / "web.yaml").write_text(
        "apiVersion: reconciler/v1\nmembers: {kim@acme.example: {projects: {web: viewer}}}\n")
    return Shell(tmp_path)


def run(shell: Shell, how: str, path: str = "access") -> Ran:
    """The command on the files, and `how` with FILE for the usual place."""
    file = shell.folder / ".github" / "CODEOWNERS"
    return shell.run(f"codeowners {shell.folder / path} {how.replace('FILE', str(file))}")


def test_it_is_written_checked_and_the_same_on_every_day(shell: Shell) -> None:
    file = shell.folder / ".github" / "CODEOWNERS"
    run(shell, "--out FILE").ok()
    text = file.read_text()
    assert text.startswith(MADE_BY)
    assert "# reconciler codeowners access --out .github/CODEOWNERS\n" in text
    assert owners_of(text, "access/parts/web.yaml") == [ADA, LEA, WIM]
    assert run(shell, "").ok().out == text
    assert run(shell, "", "access/org.yaml").ok().out == text
    assert run(shell, "--check FILE").ok().out == ""
    assert shell.run(f"codeowners {shell.folder / 'access'} --check {file}",
                     RECONCILER_NOW="2040-01-01").ok().out == ""


def test_it_is_the_same_from_wherever_it_is_made(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = run(shell, "").ok().out
    monkeypatch.chdir(shell.folder / "access")
    assert shell.ok("codeowners .") == text
    monkeypatch.chdir(shell.folder)
    assert shell.ok("codeowners access/") == text


def test_what_is_out_of_date_is_said_with_the_way_out(shell: Shell) -> None:
    run(shell, "--out FILE").ok()
    part = shell.folder / "access" / "parts" / "web.yaml"
    part.write_text(part.read_text().replace("web: viewer", "ios: viewer"))
    ran = run(shell, "--check FILE")
    assert ran.code == 2
    assert ran.out == (
        f"-/access/parts/web.yaml {ADA} {LEA} {WIM}\n+/access/parts/web.yaml {ADA} {INA} {LEA}\n")
    assert "is out of date; make it with: reconciler codeowners" in ran.err
    run(shell, "--out FILE").ok()
    assert run(shell, "--check FILE").code == 0


def test_one_that_is_not_there_is_out_of_date(shell: Shell) -> None:
    ran = run(shell, "--check FILE")
    assert (ran.code, "+* ada@acme.example" in ran.out) == (2, True)
    assert "is not there" in ran.err


def test_line_breaks_of_another_machine_are_no_difference(shell: Shell) -> None:
    run(shell, "--out FILE").ok()
    file = shell.folder / ".github" / "CODEOWNERS"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert run(shell, "--check FILE").code == 0
    run(shell, "--out FILE").ok()


def test_what_somebody_wrote_by_hand_is_not_replaced(shell: Shell) -> None:
    file = shell.folder / ".github" / "CODEOWNERS"
    file.write_text("* @everybody\n")
    ran = run(shell, "--out FILE")
    assert (ran.code, file.read_text()) == (3, "* @everybody\n")
    assert "was not made by this command" in ran.err


def test_machines_of_the_policy_own_nothing(shell: Shell) -> None:
    (shell.folder / "access" / "policy.yaml").write_text(
        f"apiVersion: reconciler/v1\nkind: Policy\napprovals: {{automation: [{LEA}]}}\n")
    assert owners_of(run(shell, "").ok().out, "access/parts/web.yaml") == [ADA, WIM]


def test_without_a_repository_the_files_are_at_its_root(shell: Shell) -> None:
    (shell.folder / ".git").rmdir()
    (shell.folder / ".github").rmdir()
    assert "\n/parts/web.yaml " in run(shell, "").ok().out


def test_what_cannot_be_named_is_said(shell: Shell) -> None:
    part = shell.folder / "access" / "parts" / "web.yaml"
    part.rename(part.with_name("we#b.yaml"))
    assert "no pattern can name access/parts/we#b.yaml" in run(shell, "").ok().err


def test_writing_and_checking_do_not_go_together(shell: Shell) -> None:
    assert run(shell, "--out FILE --check FILE").code == 3


def test_files_that_are_wrong_are_told_as_everywhere(shell: Shell) -> None:
    (shell.folder / "access" / "org.yaml").write_text(ROOT + "memberz: {}\n")
    ran = run(shell, "")
    assert ran.code == 3
    assert "access/org.yaml:15:1" in ran.err
