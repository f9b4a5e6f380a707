"""`reconciler edit`: the commands, what they print, and their exit codes."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tests.cli.shell import ADA, BOB, HEAD, KIM, SAM, Shell

BODY = f"""
members:
  {ADA}: {{role: admin}}
  # Bob is new.
  {BOB}:
    projects: {{web: viewer}}
"""


def content(shell: Shell) -> str:
    return shell.path.read_text()


def test_what_changed_is_shown_with_its_place(shell: Shell) -> None:
    path = shell.declares(BODY)
    before = content(shell)
    shown = shell.ok(f"edit add-member {path} {KIM} --project web=member")
    assert content(shell) == before + f"  {KIM}:\n    projects: {{web: member}}\n"
    assert shown == dedent(f"""\
        {path}:12 +2
          @@ -11 +11,3 @@
               projects: {{web: viewer}}
          +  {KIM}:
          +    projects: {{web: member}}
        """)


def test_a_removal_writes_the_departure(shell: Shell) -> None:
    path = shell.declares(BODY)
    shell.ok(f"edit remove-member {path} {BOB} --transfer-to {ADA}", "--reason", "Moved on")
    assert "Bob is new" not in content(shell)
    assert content(shell).endswith(
        f"\ndepartures:\n  {BOB}: {{transfer_content_to: {ADA}, reason: Moved on}}\n")
    shell.ok(f"validate {path}")


@pytest.mark.parametrize("options", ["", "--leave-content --no-departure",
                                     f"--leave-content --transfer-to {ADA}",
                                     "--no-departure --reason x"])
def test_a_removal_asks_for_one_decision_on_the_content(shell: Shell, options: str) -> None:
    path = shell.declares(BODY)
    before = content(shell)
    assert shell.run(f"edit remove-member {path} {BOB} {options}").code == 3
    assert content(shell) == before


def test_roles_are_set_and_removed(shell: Shell) -> None:
    path = shell.declares(BODY)
    shell.ok(f"edit set-role {path} {BOB} admin web=none ios=manager")
    assert content(shell).endswith(
        f"  {BOB}:\n    role: admin\n    projects: {{ios: manager}}\n")
    again = shell.run(f"edit set-role {path} {BOB} admin ios=manager").ok()
    assert again.out == "" and "Nothing to change" in again.err


@pytest.mark.parametrize("roles", ["boss", "web", "web=boss", "=viewer", "user admin",
                                   "web=viewer web=member", "web=user"])
def test_roles_that_are_none_are_refused(shell: Shell, roles: str) -> None:
    path = shell.declares(BODY)
    assert shell.run(f"edit set-role {path} {BOB} {roles}").code == 3


def test_people_and_domains_are_renamed(shell: Shell) -> None:
    path = shell.declares(BODY)
    shell.ok(f"edit rename {path} {BOB} {SAM}")
    shell.ok(f"edit rename-domain {path} acme.example @New.Example")
    assert "ada@new.example" in content(shell) and "sam@new.example" in content(shell)
    assert "@acme.example" not in content(shell)
    assert shell.run(f"edit rename-domain {path} acme.example new").code == 3


def test_check_lists_what_is_not_in_order_and_writes_nothing(shell: Shell) -> None:
    path = shell.declares(BODY + f"  {'a' + BOB}: {{}}\n")
    before = content(shell)
    checked = shell.run(f"edit format {path} --check")
    assert (checked.code, checked.out) == (2, f"{path}\n")
    assert content(shell) == before
    shell.ok(f"edit format {path}")
    assert content(shell) != before
    assert shell.run(f"edit format {path} --check").code == 0


def test_check_says_how_to_put_in_order_what_is_not(shell: Shell) -> None:
    folder = shell.folder / "of acme"
    folder.mkdir()
    (folder / "org.yaml").write_text("members: {}\napiVersion: reconciler/v1\norganization: acme\n")
    checked = shell.run("edit format --check", str(folder))
    assert (checked.code, checked.out) == (2, f"{folder}/org.yaml\n")
    assert checked.err == ("1 file not in order; put in order with: "
                           f"reconciler edit format '{folder}'\n")


def test_check_looks_at_the_layout_alone_where_that_is_all_there_is_to_say(shell: Shell) -> None:
    path = shell.declares(f"\nmembers:\n  {ADA}: {{role: boss}}\n")
    assert shell.run(f"edit format {path} --check").code == 0
    assert shell.run(f"validate {path}").code == 3
    # What is not laid out has to be read first.
    path = shell.declares(f"members:\n  {ADA}: {{role: boss}}\n")
    checked = shell.run(f"edit format {path} --check")
    assert (checked.code, "F08" in checked.err) == (3, True)


def test_check_finds_every_file_and_the_policy(shell: Shell) -> None:
    path = shell.declares(f"members:\n  {ADA}: {{role: admin}}\n",
                          HEAD.replace("settings:", "include: [m*.yaml]\nsettings:"))
    for name in ("m1", "m2", "m3"):
        (shell.folder / f"{name}.yaml").write_text(
            f"apiVersion: reconciler/v1\n\nmembers:\n  {name}@acme.example: {{}}\n")
    (shell.folder / "m2.yaml").write_text("members: {}\napiVersion: reconciler/v1\n")
    shell.policy("\nlimits:\n    removals: {count: 5}\n")
    checked = shell.run(f"edit format {path} --check")
    assert checked.code == 2
    assert checked.out.split() == [
        str(shell.folder / name) for name in ("org.yaml", "m2.yaml", "policy.yaml")]
    shell.ok(f"edit format {path}")
    assert shell.run(f"edit format {path} --check").ok().out == ""


@pytest.mark.parametrize("include", [
    "[none/*.yaml]", "[m1.yaml, m*.yaml]", "[m1.yaml, link.yaml]", "[../m1.yaml]", "[policy.yaml]",
    "[org.yaml]", "m1.yaml", "[m1.yaml, {}]"])
def test_check_is_no_less_strict_about_which_files_there_are(shell: Shell, include: str) -> None:
    shell.policy("")
    part = shell.folder / "m1.yaml"
    part.write_text("apiVersion: reconciler/v1\n\nmembers:\n  b@x.example: {}\n")
    (shell.folder / "link.yaml").symlink_to(part)
    path = shell.declares(f"\nmembers:\n  {ADA}: {{role: admin}}\n",
                          HEAD.replace("projects:", f"include: {include}\nprojects:"))
    checked = shell.run(f"edit format {path} --check")
    assert checked.code == 3
    assert checked == shell.run(f"edit format {path}")


def test_what_is_exported_is_in_order(people: Shell) -> None:
    for name in ("Zoo", "[beta", "apps"):
        people.ok("live project create", name)
        people.ok("live space create", name)
        people.ok("live group create", name)
    people.ok(f"export --out {people.folder}/out.yaml")
    people.ok(f"edit format {people.folder}/out.yaml --check")
    people.ok(f"export --out {people.folder}/out")
    people.ok(f"edit format {people.folder}/out --check")


def test_the_exit_code_says_why_nothing_was_written(shell: Shell) -> None:
    path = shell.declares(BODY)
    before = content(shell)
    unknown = shell.run(f"edit set-role {path} {BOB[1:]} admin")
    assert unknown.code == 3 and f"did you mean {BOB}?" in unknown.err
    no_admin = shell.run(f"edit set-role {path} {ADA} user")
    assert no_admin.code == 4 and "R20" in no_admin.err
    assert f"{path}:" in no_admin.err
    ended = shell.run(f"edit add-member {path} {KIM} --until 2027-02-30")
    assert ended.code == 3 and "is no day" in ended.err
    missing = shell.run(f"edit format {shell.folder}/none.yaml")
    assert missing.code == 3 and "F01" in missing.err
    assert content(shell) == before


def test_hostile_text_is_shown_as_what_it_is(shell: Shell) -> None:
    path = shell.declares(BODY + f"  {KIM}: {{}} # \u202e##[set-env]\n")
    shown = shell.ok(f"edit remove-member {path} {KIM} --no-departure")
    assert "\u202e" not in shown and "\\u202e#\\x23[set-env]" in shown
