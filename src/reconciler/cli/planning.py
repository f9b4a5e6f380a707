"""Make a plan of a path, and show one: what `plan`, `apply` and `show` have in common."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import click

from reconciler.cli.files import read_text
from reconciler.cli.kinds import expect_desired, expect_plan
from reconciler.cli.output import say
from reconciler.cli.patience import working
from reconciler.cli.places import folder_of, placing
from reconciler.cli.session import declared_organization, now, open_to_read, the_organization
from reconciler.cli.terms import NOTHING_ASKED, Asked, refuse_without_policy, terms_words
from reconciler.model.email import Email
from reconciler.model.errors import ReconcilerError
from reconciler.reports.escape import for_terminal

if TYPE_CHECKING:
    from reconciler.cli.reports import Make
    from reconciler.desired.policy import DeclaredPolicy
    from reconciler.live.ports import Reader, Store
    from reconciler.model.organization import Overview
    from reconciler.planning.plan import Plan
    from reconciler.planning.policy import Terms
    from reconciler.reports.view import View

_AUTHORITY: Final = frozenset({"R11", "R12", "R13", "R14", "R15", "R16", "R17"})
"""Rules that say that somebody else may."""

_SAVED: Final = "plan.json"
_REVIEW: Final = ("--author EMAIL", "--approver EMAIL")


class Planned(NamedTuple):
    """A plan, and the store it was made on; `folder` is put before its places to open them.
    `overview` is that of the store at the time; `path` and `terms` are what was asked for.
    `reviewed` says whether approvals are required of it (L11)."""

    plan: Plan
    store: Store
    folder: str = ""
    overview: Overview | None = None
    path: str = ""
    terms: Asked = NOTHING_ASKED
    reviewed: bool = False


def plan_path(
    path: str, *, store_url: str, organization: str | None, actor: Email | None,
    permitted_only: bool, only: str | None = None, commit: str | None = None,
    terms: Asked = NOTHING_ASKED,
) -> Planned:
    """The plan that makes the live organization as the YAML at `path` declares; `only` is a word
    of --only. Without a `commit` git is asked for it.

    Raises what loading and the store raise, and InvalidInput where --organization names another
    organization than the file.
    """
    from reconciler.applying.approvals import required
    from reconciler.desired.files import POLICY_FILE
    from reconciler.desired.load import load
    from reconciler.desired.policy import load_with_policy
    from reconciler.desired.revision import revision_of
    from reconciler.planning.plan import ONLY
    from reconciler.planning.planner import make_plan

    expect_desired(path)
    folder = folder_of(path)
    with working("planning"):
        with placing(folder):
            state, policy = load_with_policy(load, path, terms.policy_file)
        refuse_without_policy(terms, path, found=policy is not None)
        if commit is None:
            beside = [POLICY_FILE] if policy is not None and terms.policy_file is None else []
            commit = revision_of(state.root, [*state.files, *beside])
        declared = declared_organization(path, state.organization, organization)
        store = open_to_read(store_url, told=True)
        with store.reader(the_organization(store, declared)) as reader:
            _tell_unfinished(reader)
            plan = make_plan(state, reader, actor=actor, now=now(), commit=commit,
                             permitted_only=permitted_only, only=ONLY[only] if only else (),
                             terms=_terms(terms, policy))
            overview = reader.overview()
            reviewed = required(plan, reader.frame().policy)
    return Planned(plan, store, folder, overview, path, terms, reviewed)


def plan_beside(planned: Planned, path: str, policy_file: str | None, *, commit: str) -> Plan:
    """What a plan would be if the desired state were that at another path, with another policy
    file: for the same actor and on the same store, and without going beyond any limit. Raises what
    loading and the store raise."""
    from reconciler.desired.load import load
    from reconciler.desired.policy import load_with_policy
    from reconciler.planning.planner import make_plan

    made = planned.plan
    with working("planning an earlier commit"):
        state, policy = load_with_policy(load, path, policy_file)
        declared_organization(planned.path, state.organization, made.organization)
        with planned.store.reader(made.organization) as reader:
            return make_plan(state, reader, actor=Email(made.actor) if made.actor else None,
                             now=now(), commit=commit, permitted_only=made.permitted_only,
                             only=made.only, terms=_terms(NOTHING_ASKED, policy))


def _terms(asked: Asked, policy: DeclaredPolicy | None) -> Terms:
    from reconciler.planning.policy import Terms

    return Terms(declared=policy, allowances=asked.allowances, policy_alone=asked.policy_only)


def saved_plan(path: str) -> tuple[Plan, str]:
    """A plan out of its file, and the file's text. Raises what `from_json` raises."""
    from reconciler.planning.document import MAX_PLAN_BYTES, from_json

    expect_plan(path)
    with working("reading the plan"):
        text = read_text(Path(path), "the plan", limit=MAX_PLAN_BYTES)
        try:
            return from_json(text), text
        except ReconcilerError as error:
            error.what = f"{path}: {error.what}"
            raise


def viewing(
    plan: Plan, *, next_step: str = "", folder: str = "", overview: Overview | None = None
) -> Make:
    """How to make the view of a plan, with `folder` before its places."""
    from reconciler.reports.plan_view import view_of

    def make(verbose: bool) -> View:
        return view_of(plan, verbose=verbose, folder=folder, overview=overview,
                       next_step=next_step)

    return make


def refuse(plan: Plan, *, shown: bool, folder: str = "") -> None:
    """Raise for a plan that cannot be applied; what was shown already is not said again."""
    from reconciler.applying.apply import refuse_errors

    try:
        with placing(folder):
            refuse_errors(plan)
    except ReconcilerError as error:
        if not shown:
            raise
        raise type(error)(error.what, how=error.how) from None


def next_step(
    plan: Plan, path: str, *, saved: bool, terms: Asked = NOTHING_ASKED, reviewed: bool = False
) -> str:
    """What the reader of a plan may do next, as the command to give; `reviewed` where it has to be
    approved (L11)."""
    from reconciler.applying.apply import confirmations

    if plan.refused:
        if plan.changes and all(
            f.rule in _AUTHORITY for f in plan.findings if f.severity == "error"
        ):
            return ("Have it applied by somebody who may, or plan only what you may: "
                    f"{_command('plan', path)} --as {shlex.quote(plan.actor or '')} "
                    "--permitted-only")
        return "Correct what refuses it, and plan again."
    if plan.empty:
        return ""
    if plan.snapshot is not None:
        return "To apply it, plan it against the live store."
    acting = ["--as", shlex.quote(plan.actor or "EMAIL")]
    same = [*terms_words(terms), *(["--permitted-only"] if plan.permitted_only else []),
            *(["--only", only_word(plan)] if plan.only else [])]
    if reviewed and not saved:
        save = _words(_command("plan", path), acting, same, ["--out", _SAVED])
        return (f"Save it to have it approved: {save}; then "
                f"{_words(_command('approvals', _SAVED), _REVIEW)}, and apply {_SAVED} with the "
                "same")
    if saved:
        until, once = f" (until {plan.expires_on})", " once approved" if reviewed else ""
        return f"Apply it{once}{until}: " + _words(
            _command("apply", path), acting, _REVIEW if reviewed else ())
    confirmed = [f"--confirm {name}" for name in confirmations(plan)]
    return f"Apply it: {_words(_command('apply', path), acting, confirmed, same)}"


def _words(command: str, *options: Iterable[str]) -> str:
    return " ".join([command, *(word for each in options for word in each)])


def only_word(plan: Plan) -> str:
    """The word of --only that a plan was made with."""
    from reconciler.planning.plan import ONLY

    return next(word for word, causes in ONLY.items() if causes == plan.only)


def _command(name: str, path: str) -> str:
    """The command with this path, in the store that this command was given by hand."""
    words = ["reconciler", name, shlex.quote(path)]
    context = click.get_current_context(silent=True)
    if context is not None:
        source = context.get_parameter_source("store_url")
        url = context.params.get("store_url", "")
        # A URL with an @ may hold a password, which belongs into no log.
        if source is click.core.ParameterSource.COMMANDLINE and "@" not in url:
            words += ["--store", shlex.quote(url)]
    return " ".join(words)


def _tell_unfinished(reader: Reader) -> None:
    for run in reader.unfinished_runs():
        say(for_terminal(
            f"note: the run {run.id} of {run.actor}, started at {run.started_at:%Y-%m-%d %H:%M} "
            "UTC, has not said how it ended: it is still running, or it was killed. A run is one "
            "transaction: it writes all or nothing, and this plan shows what is left to do."))
