"""Help is there for everything, and the page of commands is made from it."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from reconciler.cli.lazy import LazyGroup
from reconciler.cli.main import CONTEXT, program
from reconciler.cli.manual import _MEANINGS, commands, manual
from reconciler.model.errors import Exit
from tests.cli.shell import Shell

ALL = list(commands())
LEAVES = [(name, command) for name, command in ALL if not isinstance(command, click.Group)]
ROOT = Path(__file__).parent.parent.parent


def named(cases: list[tuple[str, click.Command]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("name", "command"), cases, ids=[name for name, _ in cases])


def examples_in(text: str) -> list[str]:
    joined = text.replace("\\\n", " ")
    return [line.strip() for line in joined.splitlines() if line.startswith("  ")
            and "reconciler" in line]


def test_the_page_of_commands_is_made_from_the_code() -> None:
    assert (ROOT / "docs" / "commands.md").read_text() == manual(), (
        "run: python -m reconciler.cli.manual > docs/commands.md")


def test_the_page_explains_every_exit_code() -> None:
    assert set(Exit) <= set(_MEANINGS)


@named(ALL)
def test_every_command_has_a_help_with_an_example(name: str, command: click.Command) -> None:
    assert command.help
    assert re.search(r"Examples?:", command.help), f"{name} shows no example"


@named(ALL)
def test_every_option_has_a_help_that_ends_like_a_sentence(
    name: str, command: click.Command
) -> None:
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{name} {parameter.opts}"
            assert parameter.help.endswith("."), f"{name} {parameter.opts}: {parameter.help}"


@named(LEAVES)
def test_examples_are_understood(name: str, command: click.Command) -> None:
    """Parsed, not run: they name commands, options and values that exist."""
    assert command.help is not None
    own = [e for e in examples_in(command.help) if e.startswith(f"{name} ") or e == name]
    if name == "reconciler completion":
        return
    assert own, f"{name} shows no example of itself"
    for example in own:
        words = shlex.split(example.split(" > ")[0])[len(name.split()):]
        command.make_context(name, words, resilient_parsing=False, **CONTEXT)


@pytest.mark.parametrize("line", ["", "live", "live group"])
def test_a_group_alone_shows_its_help(shell: Shell, line: str) -> None:
    ran = shell.run(line)
    assert "Usage: reconciler" in ran.out + ran.err


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_goes_to_stdout(shell: Shell, option: str) -> None:
    assert "Desired state:" in shell.ok(option)


def test_the_version_is_the_package_s(shell: Shell) -> None:
    assert re.fullmatch(r"reconciler \d+\.\d+\.\d+\n", shell.ok("--version"))


def test_the_lists_of_commands_say_what_the_commands_say() -> None:
    groups = [("reconciler", program), *ALL]
    for name, group in groups:
        if isinstance(group, LazyGroup):
            for child, entry in group.entries.items():
                command = dict(ALL)[f"{name} {child}"]
                assert command.name == child
                assert entry.help.endswith("."), f"{name} {child}"


@pytest.mark.parametrize("kind", ["bash", "zsh", "fish"])
def test_completion_scripts_name_the_program(shell: Shell, kind: str) -> None:
    assert "_RECONCILER_COMPLETE" in shell.ok(f"completion {kind}")


def test_completion_offers_commands(shell: Shell) -> None:
    ran = shell.run("", _RECONCILER_COMPLETE="bash_complete", COMP_WORDS="reconciler li",
                    COMP_CWORD="1")
    assert ran.out == "plain,live\n"
