"""Groups whose commands are imported when they are run, so that help is there at once."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, NamedTuple

import click


class Entry(NamedTuple):
    """Where a command is, and what the list of commands says of it."""

    target: str
    """`package.module:attribute`."""
    help: str
    section: str = "Commands"


class LazyGroup(click.Group):
    """A group that knows its commands by name alone; each is imported when it is needed."""

    def __init__(
        self, *args: Any, entries: Mapping[str, Entry] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.entries = dict(entries or {})

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = self.entries.get(cmd_name)
        if entry is None:
            return None
        module, _, attribute = entry.target.partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in self.entries and not name.startswith("-"):
            from reconciler.model.nearest import did_you_mean

            close = did_you_mean(name, self.entries)
            known = f" {close.capitalize()}" if close else ""
            raise click.UsageError(f"there is no command {name!r}.{known}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        sections: dict[str, list[tuple[str, str]]] = {}
        for name, entry in self.entries.items():
            sections.setdefault(entry.section, []).append((name, entry.help))
        longest = max((len(name) for name in self.entries), default=0)
        for section, rows in sections.items():
            with formatter.section(section):
                # All sections share one column.
                formatter.write_dl([(name.ljust(longest), text) for name, text in rows])
