"""The command line as a document: docs/commands.md is this, word for word."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from typing import Final

import click

from reconciler.cli.main import BROKEN_PIPE, CONTEXT, program
from reconciler.model.errors import Exit

_HEAD: Final = """\
# Commands

This page is made from the code (`python -m reconciler.cli.manual`). Every command says the same
with `-h`.

- Results go to stdout; questions, notes and errors go to stderr.
- Options stand after the command: `reconciler plan org.yaml --store sqlite:///acme.db`.
- Every option can be given by an environment variable, named after the command and the option:
  `RECONCILER_PLAN_FORMAT=json`. The three that nearly every command takes are `RECONCILER_STORE`,
  `RECONCILER_ORGANIZATION` and `RECONCILER_ACTOR`. Keep a store's password there, not in an
  option.
- Colour is for terminals only: `--color always` or `never` decides otherwise, and so does
  `NO_COLOR`. Nothing is said by colour alone.
- Text from data is shown in one line, with control, bidirectional and invisible characters made
  visible (`\\x1b`, `\\u202e`).
- `RECONCILER_NOW` (an ISO time, UTC) sets the clock, so that a run can be reproduced.
  `RECONCILER_DEBUG=1` shows where an unexpected failure happened.
- PostgreSQL needs the extra: `pip install 'reconciler[postgresql]'`.

## Exit codes

| exit | meaning |
|---|---|
"""
_MEANINGS: Final[dict[int, str]] = {
    Exit.DONE: "done; for `plan` also with changes, unless `--detailed-exitcode`",
    Exit.UNEXPECTED: "unexpected failure",
    Exit.CHANGES: "changes are pending (`plan --detailed-exitcode`)",
    Exit.INVALID: "invalid input or usage",
    Exit.REFUSED: "a rule refuses it; nothing was written",
    Exit.UNAPPROVED: "a confirmation or approval is missing",
    Exit.STALE: "the plan is stale, expired, used or altered",
    Exit.LIMIT: "a limit or protection was hit",
    Exit.LOCKED: "the organization is locked by another run",
    Exit.PARTIAL: "stopped part-way (not by this version: an apply is one transaction)",
    Exit.UNREACHABLE: "the live store (or GitHub) could not be reached or refused our credentials; "
                      "nothing changed",
    Exit.INTERRUPTED: "interrupted, cleanly",
    BROKEN_PIPE: "the reader of the output went away (`reconciler ... \\| head`)",
}


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command under its full name, in the order of the help."""
    yield from _below("reconciler", program, click.Context(program, info_name="reconciler"))


def manual() -> str:
    """The whole page."""
    parts = [_HEAD + "\n".join(f"| {int(code)} | {text} |" for code, text in _MEANINGS.items())]
    parts += [_chapter(name, command) for name, command in commands()]
    return "\n\n".join(parts) + "\n"


def _below(
    name: str, command: click.Command, context: click.Context
) -> Iterator[tuple[str, click.Command]]:
    if not isinstance(command, click.Group):
        return
    for child_name in command.list_commands(context):
        child = command.get_command(context, child_name)
        assert child is not None, child_name
        full = f"{name} {child_name}"
        yield full, child
        yield from _below(full, child, click.Context(child, info_name=child_name, parent=context))


def _chapter(name: str, command: click.Command) -> str:
    context = click.Context(command, info_name=name, **CONTEXT)
    usage = " ".join([name, *command.collect_usage_pieces(context)])
    parts = [f"## {name}", _fenced(usage), *_prose(command)]
    rows = []
    for parameter in command.get_params(context):
        if isinstance(parameter, click.Option) and "--help" not in parameter.opts:
            record = parameter.get_help_record(context)
            if record is not None:
                option, says = (text.replace("|", "\\|") for text in record)
                rows.append(f"| `{option}` | {' '.join(says.split())} |")
    if rows:
        parts.append("\n".join(("| option | |", "|---|---|", *rows)))
    return "\n\n".join(parts)


def _prose(command: click.Command) -> Iterator[str]:
    """The help text: paragraphs as they are, what is laid out by hand as a code block."""
    for paragraph in inspect.cleandoc(command.help or "").split("\n\n"):
        if not paragraph.startswith("\b"):
            yield paragraph
            continue
        title, *lines = paragraph.removeprefix("\b").strip("\n").split("\n")
        if title.endswith(":") and lines and lines[0].startswith("  "):
            yield title
            yield _fenced(inspect.cleandoc("\n" + "\n".join(lines)))
        else:
            yield "\n".join([title, *lines])


def _fenced(text: str) -> str:
    return f"```sh\n{text}\n```"


if __name__ == "__main__":
    sys.stdout.write(manual())
