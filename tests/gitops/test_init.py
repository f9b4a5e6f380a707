"""A new repository works: its first plan is empty and its checks find nothing."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from reconciler.cli.main import CONTEXT
from reconciler.cli.manual import commands
from tests.cli.shell import ADA, BOB, KIM, SAM, Shell, with_people
from tests.gitops.linters import lint
from tests.gitops.owners import owners_of

HOSTILE = "</h1> | @all `code` ![x](y)\u202e"
WORKFLOWS = [".github/workflows/apply.yml", ".github/workflows/drift.yml",
             ".github/workflows/plan.yml"]


@pytest.fixture
def org(tmp_path: Path) -> Shell:
    """A company with something of everything: sam manages web, kim and bob (invited) see it, lea
    manages both projects through a group, and li asks to join."""
    shell = with_people(tmp_path)
    shell.ok("live space create growth --name Growth")
    shell.ok("live project create A/B --name", "A, or B: #1")
    shell.ok("live team create Data")
    shell.ok("live group create leads --project web=manager --project ios=manager "
             "--space growth --description", "Lead, don't #follow")
    shell.ok("live invite lea@acme.example --group leads --team Data --default-project ios")
    shell.ok("live invite jo@acme.example --project", "A/B=viewer")
    shell.ok(f"live invite bo@acme.example --project web=viewer --project ios=viewer "
             f"--name {'Bo'}")
    shell.ok("live join lea@acme.example jo@acme.example")
    shell.ok("live request-access li@elsewhere.example")
    return shell


def made(shell: Shell, options: str = "") -> Path:
    """A new repository."""
    target = shell.folder / "repo"
    shell.run(f"init {target} {options}").ok()
    return target


def files_in(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def checked(shell: Shell, target: Path) -> None:
    """Run all checks that the README and the workflows name."""
    shell.ok(f"validate {target / 'access'}")
    assert shell.ok(f"edit format {target / 'access'} --check") == ""
    assert shell.ok(
        f"codeowners {target / 'access'} --check {target / '.github/CODEOWNERS'}") == ""
    (target / ".git").mkdir(exist_ok=True)
    paths = [str(target / name) for name in WORKFLOWS]
    assert lint("actionlint", *paths) == ""
    assert lint("zizmor", "--offline", "--no-progress", *paths) == ""


def test_adopting_writes_a_repository_whose_first_plan_is_empty_and_whose_checks_pass(
    org: Shell
) -> None:
    target = made(org)
    assert files_in(target) == [
        ".github/CODEOWNERS", *WORKFLOWS, ".gitignore", "README.md",
        "access/admins.yaml", "access/groups.yaml", "access/members/b.yaml",
        "access/members/l.yaml", "access/org.yaml", "access/policy.yaml",
        "access/projects/a-b-998d3ed8.yaml", "access/projects/web.yaml"]
    checked(org, target)
    plan = org.run(f"plan {target / 'access'} --format json").ok().json
    assert (plan["changes"], plan["waiting"], plan["findings"]) == ([], [], [])
    assert org.run(f"plan {target / 'access'} --detailed-exitcode").code == 0


def test_the_first_plan_says_what_is_not_managed_and_so_does_init(org: Shell) -> None:
    target = org.folder / "repo"
    ran = org.run(f"init {target}").ok()
    first = org.ok(f"plan {target / 'access'}", RECONCILER_ACTOR="")
    for said in (ran.out, first):
        assert "Not managed by these files" in said
        assert "people stay in team spaces that are not declared for them" in said
        assert "li@elsewhere.example" in said, "who asks to join is nobody's decision yet"
        assert "No changes. acme is as declared (7 members)." in said


def test_init_says_what_is_not_managed_where_there_were_runs_before(org: Shell) -> None:
    one = org.folder / "one.yaml"
    org.ok(f"export --out {one}")
    one.write_text(one.read_text().replace("name: Web", "name: Shop"))
    org.ok(f"apply {one} --auto-approve")
    assert "Not managed by these files (2)" in org.run(f"init {org.folder / 'repo'}").ok().out


def test_it_says_what_it_wrote_on_stdout_and_what_comes_next_on_stderr(org: Shell) -> None:
    target = org.folder / "repo"
    ran = org.run(f"init {target}").ok()
    assert ran.out.startswith(f"""\
Wrote the repository of acme to {target} (7 members, 14 files):
  .github/CODEOWNERS
  .github/workflows/  3 files
  .gitignore
  README.md
  access/admins.yaml
  access/groups.yaml
  access/members/  2 files
  access/org.yaml
  access/policy.yaml
  access/projects/  2 files

Plan for acme
""")
    assert ran.err.startswith("Next:\n  1. Name the accounts of those who review")
    assert "\n  2. Name the machine that applies under approvals.automation in" in ran.err
    assert "RECONCILER_STORE" in ran.err


def test_what_is_done_already_is_no_step_any_more(org: Shell) -> None:
    people = (f"members: {{{ADA}: {{role: admin, accounts: {{github: ada}}}}, "
              f"{BOB}: {{role: admin}}, {SAM}: {{role: admin}}}}\n")
    path = org.declares(people)
    org.ok(f"apply {path} --auto-approve")
    org.policy(f"approvals: {{required: true, automation: [{SAM}]}}\n")
    out = org.folder / "first.json"
    org.ok(f"plan {path} --out {out}")
    org.ok(f"apply {out} --author {BOB} --approver {ADA}")
    ran = org.run(f"init {org.folder / 'access-of-acme'}").ok()
    assert ran.err.startswith("Next:\n  1. Say in .github/workflows")
    assert "require approvals" not in ran.err


def test_the_same_organization_gives_the_same_bytes(org: Shell) -> None:
    one, other = org.folder / "one", org.folder / "other"
    for target in (one, other):
        org.ok(f"init {target}")
    assert files_in(one) == files_in(other)
    for name in files_in(one):
        assert (one / name).read_bytes() == (other / name).read_bytes(), name


def test_managers_own_the_files_of_their_projects_and_admins_all_others(org: Shell) -> None:
    text = (made(org) / ".github" / "CODEOWNERS").read_text()
    assert owners_of(text, "access/projects/web.yaml") == [ADA, "lea@acme.example", SAM]
    for name in ("access/org.yaml", "access/policy.yaml", "access/groups.yaml",
                 "access/admins.yaml", "access/members/l.yaml", *WORKFLOWS,
                 ".github/CODEOWNERS", "README.md"):
        assert owners_of(text, name) == [ADA], name


def test_a_policy_that_is_kept_is_written_as_it_is(org: Shell) -> None:
    one = org.folder / "org.yaml"
    org.ok(f"export --out {one}")
    org.policy(f"""\
        protected_members: [{ADA}]
        allowed_email_domains: [acme.example]
        limits: {{removals: {{percent: 10}}, content_unassigned: {{count: 0}}}}
        removals: {{require_transfer: false, default_receiver: {SAM}}}
        approvals: {{required: false, automation: [{KIM}]}}
    """)
    org.ok(f"apply {one} --auto-approve --policy-only")
    target = made(org)
    assert org.run(f"plan {target / 'access'} --detailed-exitcode").code == 0
    text = (target / "access" / "policy.yaml").read_text()
    assert "\n  removals: {percent: 10}\n" in text
    assert f"\n  automation:\n    - {KIM}\n" in text
    checked(org, target)


def test_the_organization_is_chosen_where_the_store_holds_several(org: Shell) -> None:
    org.ok(f"live init beta --admin {BOB}")
    assert org.run(f"init {org.folder / 'repo'}").code == 3
    target = made(org, "--organization beta")
    assert "organization: beta\n" in (target / "access" / "org.yaml").read_text()
    checked(org, target)


def test_a_name_stays_a_name_in_the_readme(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    shell.ok(f"live init acme --admin {ADA} --name", HOSTILE.rstrip("\u202e"))
    readme = (made(shell) / "README.md").read_text()
    assert "``</h1> | @all `code` ![x](y)``" in readme.replace("`` ", "``").replace(" ``", "``")
    assert "{organization}" not in readme


# --- from nothing --------------------------------------------------------------------------------


def test_from_nothing_the_first_plan_of_the_created_organization_is_empty(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    target = tmp_path / "repo"
    ran = shell.run(f"init {target} --organization acme --admin {ADA}").ok()
    assert files_in(target) == [
        ".github/CODEOWNERS", *WORKFLOWS, ".gitignore", "README.md", "access/admins.yaml",
        "access/members/people.yaml", "access/org.yaml", "access/policy.yaml"]
    checked(shell, target)
    create = next(line for line in ran.err.splitlines() if "live init" in line)
    shell.ok(create.partition("reconciler ")[2])
    assert shell.run(f"plan {target / 'access'} --detailed-exitcode").code == 0
    # And from there on people are added, each where they belong.
    access = target / "access"
    shell.ok(f"edit add-member {access} {SAM} --role member")
    shell.ok(f"edit add-member {access} {BOB} --role admin")
    assert SAM in (access / "members" / "people.yaml").read_text()
    assert BOB in (access / "admins.yaml").read_text()
    shell.ok(f"edit format {access} --check")
    shell.ok(f"apply {access} --auto-approve")


def test_several_admins_begin_together(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    admins = [SAM, ADA, ADA.title()]
    target = made(shell, f"--organization acme --admin {' --admin '.join(admins)}")
    text = (target / ".github" / "CODEOWNERS").read_text()
    assert owners_of(text, "access/admins.yaml") == [ADA, SAM]
    shell.ok(f"live init acme --admin {ADA}")
    plan = shell.run(f"plan {target / 'access'} --format json").ok().json
    assert [(c["operation"]["kind"], c["operation"]["email"]) for c in plan["changes"]] == [
        ("invite", SAM)]


def test_nobody_begins_anew_what_is_there(org: Shell) -> None:
    ran = org.run(f"init {org.folder / 'repo'} --organization acme --admin {ADA}")
    assert (ran.code, (org.folder / "repo").exists()) == (3, False)
    assert "leave --admin out to adopt it" in ran.err


def test_what_is_new_needs_a_name_and_a_valid_admin(shell: Shell) -> None:
    target = shell.folder / "repo"
    assert shell.run(f"init {target} --admin {ADA}").code == 3
    assert shell.run(f"init {target} --organization acme --admin nobody").code == 3
    assert not target.exists()


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


# --- nothing is replaced -------------------------------------------------------------------------


def test_every_file_in_the_way_is_named_and_nothing_is_written(org: Shell) -> None:
    target = org.folder / "repo"
    there = ["README.md", ".github/workflows/plan.yml", "access/members/old.yaml", "access/notes"]
    for name in there:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_text("mine\n")
    (target / "LICENSE").write_text("mine\n")
    ran = org.run(f"init {target}")
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.splitlines()[:-1] == sorted(str(target / name) for name in there)
    assert "4 files in the way" in ran.err
    assert files_in(target) == sorted([*there, "LICENSE"])
    for name in there:
        (target / name).unlink()
    org.ok(f"init {target}")
    assert (target / "LICENSE").read_text() == "mine\n"


def test_there_is_no_way_to_force_it(org: Shell) -> None:
    for option in ("--force", "--overwrite"):
        assert org.run(f"init {org.folder / 'repo'} {option}").code == 3


@pytest.mark.parametrize("folder", [".github", "access", ".github/workflows"])
def test_a_link_in_the_place_of_a_folder_is_not_followed(org: Shell, folder: str) -> None:
    target, elsewhere = org.folder / "repo", org.folder / "elsewhere"
    elsewhere.mkdir()
    (target / folder).parent.mkdir(parents=True)
    (target / folder).symlink_to(elsewhere)
    ran = org.run(f"init {target}")
    assert (ran.code, files_in(elsewhere)) == (3, [])
    assert str(target / folder) in ran.err


def test_a_file_in_the_place_of_a_folder_is_in_the_way(org: Shell) -> None:
    target = org.folder / "repo"
    target.mkdir()
    (target / "access").write_text("mine")
    ran = org.run(f"init {target}")
    assert (ran.code, str(target / "access") in ran.err) == (3, True)
    file = org.folder / "file"
    file.write_text("mine")
    assert "is no directory" in org.run(f"init {file}").err


def test_a_folder_inside_a_repository_is_refused(org: Shell) -> None:
    (org.folder / "work" / ".git").mkdir(parents=True)
    ran = org.run(f"init {org.folder / 'work' / 'access'}")
    assert ran.code == 3
    assert "GitHub reads .github at its root alone" in ran.err
    org.ok(f"init {org.folder / 'work'}")


def test_a_folder_that_cannot_be_made_is_told(org: Shell) -> None:
    """Below a file there is room for nobody, not even for root."""
    (org.folder / "file").write_text("mine")
    ran = org.run(f"init {org.folder / 'file' / 'repo'}")
    assert (ran.code, str(org.folder / "file") in ran.err) == (3, True)
    assert "unexpected" not in ran.err


def test_a_write_that_fails_leaves_nothing(org: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    target = org.folder / "deep" / "repo"
    really = Path.open

    def full(self: Path, mode: str = "r", *more: object, **named: object) -> object:
        if self.name == "groups.yaml" and mode == "x":
            raise OSError(28, "No space left on device")
        return really(self, mode, *more, **named)  # type: ignore[arg-type,call-overload]

    monkeypatch.setattr(Path, "open", full)
    ran = org.run(f"init {target}")
    assert (ran.code, (org.folder / "deep").exists()) == (3, False)
    assert "groups.yaml cannot be written" in ran.err


# --- what cannot be adopted ----------------------------------------------------------------------


def test_an_organization_at_odds_with_its_policy_is_not_adopted(org: Shell) -> None:
    one = org.folder / "org.yaml"
    org.ok(f"export --out {one}")
    org.policy("receiver_access: require\n")
    org.ok(f"apply {one} --auto-approve")
    org.ok("live settings --receiver-access warn")
    ran = org.run(f"init {org.folder / 'repo'}")
    assert (ran.code, (org.folder / "repo").exists()) == (3, False)
    assert "cannot be adopted as it is" in ran.err
    assert "receiver_access" in ran.err


def test_without_a_store_the_exit_code_says_so(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    nowhere = "postgresql+psycopg://nobody@127.0.0.1:1/acme"
    assert shell.run(f"init {tmp_path / 'repo'} --store {nowhere}").code == 10
    assert not (tmp_path / "repo").exists()


# --- the README ----------------------------------------------------------------------------------


def test_the_commands_of_the_readme_are_understood(org: Shell) -> None:
    """Parsed, not run: they name commands, options and values that exist."""
    text = (made(org) / "README.md").read_text()
    known = dict(commands())
    lines = re.findall(r"^ *(reconciler .+)$", text, re.MULTILINE)
    assert len(lines) == 11
    for line in lines:
        words = shlex.split(line)
        name = " ".join(words[:3] if " ".join(words[:3]) in known else words[:2])
        known[name].make_context(name, words[len(name.split()):], **CONTEXT)


def test_the_readme_links_and_names_what_is_there(org: Shell) -> None:
    target = made(org)
    text = (target / "README.md").read_text()
    for path in re.findall(r"`((?:access|\.github)/[^`]*)`", text):
        assert (target / path).exists(), path


def test_what_the_tool_writes_is_not_committed(org: Shell) -> None:
    target = made(org)
    written = ["plan.json", "plan.html", "plan.md", "live.db", "snapshot.db", "live.db-wal",
               "reconciler-plan/plan.json"]
    subprocess.run(["git", "init", "-q", str(target)], check=True)
    for name in (*written, "access/members/new.yaml"):
        (target / name).parent.mkdir(exist_ok=True)
        (target / name).write_text("x")
    status = subprocess.run(["git", "-C", str(target), "status", "--porcelain", "-uall"],
                            check=True, capture_output=True, text=True).stdout
    assert "access/members/new.yaml" in status
    assert [name for name in written if name in status] == []
