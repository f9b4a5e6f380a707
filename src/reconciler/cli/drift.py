"""`reconciler drift`: what somebody changed behind the last run, and who."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

import click

from reconciler.cli.kinds import expect_desired
from reconciler.cli.options import (
    color_option,
    organization_option,
    report_options,
    store_option,
)
from reconciler.cli.patience import working
from reconciler.cli.places import folder_of, placing
from reconciler.cli.reports import Wanted, print_report, refuse_wrong_reports, write_reports
from reconciler.cli.session import declared_organization, now, open_to_read, the_organization
from reconciler.cli.terms import policy_option
from reconciler.model.errors import Exit

if TYPE_CHECKING:
    from reconciler.drift.report import DriftReport
    from reconciler.model.organization import Overview
    from reconciler.reports.view import View

T = TypeVar("T")


@click.command()
@click.argument("path", metavar="PATH")
@policy_option
@report_options
@store_option
@organization_option
@color_option
def drift(
    path: str, *, policy_file: str | None, verbose: bool, format_: str,
    reports: tuple[Wanted, ...], store_url: str, organization: str | None,
) -> int:
    """Show what was changed in the live organization behind the last run.

    What the last run left, what is there now and what PATH declares are compared: what only
    somebody by hand changed is drift, what only the files changed is pending, what both changed
    differently is a conflict. Each change names who made it, when and how. Nothing is written.

    \b
    Three ways out, for each change by its name:
      revert   reconciler apply PATH --only drift
      adopt    reconciler adopt PATH --only sam@acme.example/project/web
      ignore   ignore_drift: {sam@acme.example/project/web: {reason: Helps on call}}

    \b
    Exit codes: 0 none, 2 drift, 3 malformed input, 4 the files break a rule, 10 no store.

    \b
    Examples:
      reconciler drift org.yaml
      reconciler drift org.yaml --format markdown --report html=drift.html
    """
    refuse_wrong_reports(reports)
    report, view = look_for_drift(path, policy_file, store_url=store_url,
                                  organization=organization)
    print_report(lambda _: view, format_, verbose=verbose)
    write_reports(reports, lambda _: view, verbose=verbose)
    return Exit.CHANGES if report.found else Exit.DONE


class Looked(NamedTuple, Generic[T]):
    """What was found in the comparison of a path with the live store; `folder` is put before its
    places to open them, `overview` is that of the store at the time."""

    found: T
    folder: str
    overview: Overview


def look_for_drift(
    path: str, policy_file: str | None, *, store_url: str, organization: str | None
) -> tuple[DriftReport, View]:
    """What was changed behind the last run, and the view of it. Raises what `look` raises."""
    from reconciler.drift.classify import find_drift
    from reconciler.reports.drift_view import drift_view

    looked = look(path, policy_file, find_drift, store_url=store_url, organization=organization)
    return looked.found, drift_view(looked.found, folder=looked.folder, overview=looked.overview,
                                    path=shlex.quote(path))


def look(
    path: str, policy_file: str | None, find: Callable[..., T], *, store_url: str,
    organization: str | None,
) -> Looked[T]:
    """What `find` finds where it is given the desired state at a path, a reader of the live store,
    the time and the terms of the policy. Raises what loading and the store raise, and InvalidInput
    where --organization names another organization than the file."""
    from reconciler.desired.load import load
    from reconciler.desired.policy import load_with_policy
    from reconciler.planning.policy import Terms

    expect_desired(path)
    folder = folder_of(path)
    with working("looking for drift"):
        with placing(folder):
            state, policy = load_with_policy(load, path, policy_file)
        declared = declared_organization(path, state.organization, organization)
        store = open_to_read(store_url, told=True)
        with store.reader(the_organization(store, declared)) as reader:
            found = find(state, reader, now=now(), terms=Terms(declared=policy))
            return Looked(found, folder, reader.overview())
