"""Options that several commands share, each with its environment variable."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

import click

from reconciler.cli.inputs import EMAIL
from reconciler.cli.output import choose_color
from reconciler.cli.reports import Medium, report_wanted

F = TypeVar("F", bound=Callable[..., Any])
DEFAULT_STORE: Final = "sqlite:///reconciler.db"


def store_option(command: F, *, default: str = DEFAULT_STORE) -> F:
    """--store URL."""
    return click.option(
        "--store", "store_url", metavar="URL", default=default, envvar="RECONCILER_STORE",
        show_default=bool(default), show_envvar=True,
        help="The live store: sqlite:///FILE or postgresql+psycopg://USER@HOST/DATABASE. What "
             "only reads takes a snapshot, too: snapshot:FILE.",
    )(command)


def organization_option(command: F) -> F:
    """--organization ID."""
    return click.option(
        "--organization", metavar="ID", envvar="RECONCILER_ORGANIZATION", show_envvar=True,
        help="The organization; may be left out where the store holds just one.",
    )(command)


def actor_option(command: F) -> F:
    """--as EMAIL."""
    return click.option(
        "--as", "actor", metavar="EMAIL", type=EMAIL, envvar="RECONCILER_ACTOR",
        show_envvar=True, help="The person on whose authority it happens.",
    )(command)


def color_option(command: F) -> F:
    """--color auto|always|never."""

    def chosen(ctx: click.Context, parameter: click.Parameter, value: str) -> None:
        choose_color(value)

    return click.option(
        "--color", type=click.Choice(["auto", "always", "never"]), default="auto",
        envvar="RECONCILER_COLOR", expose_value=False, is_eager=True, callback=chosen,
        help="Whether to colour; auto: on a terminal, unless NO_COLOR is set.",
    )(command)


def only_option(command: F) -> F:
    """--only pending|drift."""
    return click.option(
        "--only", type=click.Choice(["pending", "drift"]),
        help="Plan only what the files changed (pending: also conflicts, and what has ended), or "
             "only what was changed behind the last run (drift), with what that needs.",
    )(command)


def commit_option(command: F) -> F:
    """--commit SHA."""
    return click.option(
        "--commit", metavar="SHA", envvar="RECONCILER_COMMIT", show_envvar=True,
        help="The commit that PATH is of, kept with the run. Default: git is asked, and -dirty "
             "added where the files are not as committed.",
    )(command)


def format_option(command: F) -> F:
    """--format text|json."""
    return click.option(
        "--format", "format_", type=click.Choice(["text", "json"]), default="text",
        show_default=True, help="How to print the result.",
    )(command)


def report_options(command: F) -> F:
    """Of commands with a report: --format for stdout, --report for files, --verbose."""
    for option in (
        click.option(
            "--format", "format_", type=click.Choice([str(m) for m in Medium]),
            default=str(Medium.TEXT),
            show_default=True, help="How to print the result."),
        click.option(
            "--report", "reports", metavar="FORMAT=FILE", type=report_wanted, multiple=True,
            help="Also write the report to a file: text, json, markdown or html; may be given "
                 "several times."),
        click.option("--verbose", "-v", is_flag=True,
                     help="Show long lists beside the changes whole."),
    ):
        command = option(command)
    return command


def live_options(command: F) -> F:
    """Of operations on the live store: where, and on whose authority."""
    return store_option(organization_option(actor_option(color_option(command))))


def own_act_options(command: F) -> F:
    """Of what people do for themselves: where."""
    return store_option(organization_option(color_option(command)))


def look_options(command: F) -> F:
    """Of looking at the live store: where, and how to print."""
    return store_option(organization_option(format_option(color_option(command))))
