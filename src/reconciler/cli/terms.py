"""What a plan is asked for beside the desired state: a policy, limits to exceed by name."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeVar

import click

from reconciler.cli.inputs import TEXT
from reconciler.model.errors import InvalidInput
from reconciler.model.nearest import did_you_mean
from reconciler.model.operations import AllowLimit
from reconciler.model.policy import LIMITS

F = TypeVar("F", bound=Callable[..., Any])
_COUNT: Final = re.compile(r"[0-9]{1,9}")


class Asked(NamedTuple):
    """The options as they were given."""

    policy_file: str | None = None
    allowances: tuple[AllowLimit, ...] = ()
    policy_only: bool = False


NOTHING_ASKED: Final = Asked()


def allowance(value: str) -> tuple[str, int]:
    """`LIMIT=NUMBER`."""
    limit, _, count = value.partition("=")
    if limit not in LIMITS:
        known = did_you_mean(limit, LIMITS) or f"Limits are {', '.join(LIMITS)}."
        raise click.BadParameter(f"there is no limit {limit!r}. {known}")
    if not _COUNT.fullmatch(count):
        raise click.BadParameter(f"{value!r} is not LIMIT=NUMBER; for example {limit}=34.")
    return limit, int(count)


def terms_options(command: F) -> F:
    """--policy, --allow, --reason and --policy-only."""
    for option in (
        click.option("--policy-only", is_flag=True,
                     help="Nothing but the policy, so that what is looser in it holds in the next "
                          "run."),
        click.option("--reason", metavar="TEXT", type=TEXT,
                     help="Why limits are exceeded; kept in the audit log."),
        click.option("--allow", "allowed", metavar="LIMIT=NUMBER", type=allowance, multiple=True,
                     help="Exceed one limit of the policy, by exactly what the plan has: "
                          f"{', '.join(LIMITS)}."),
    ):
        command = option(command)
    return policy_option(command)


def policy_option(command: F) -> F:
    """--policy FILE."""
    return click.option(
        "--policy", "policy_file", metavar="FILE", envvar="RECONCILER_POLICY", show_envvar=True,
        help="The policy. Default: policy.yaml beside the root file.")(command)


def asked(
    *, policy_file: str | None, allowed: tuple[tuple[str, int], ...], reason: str | None,
    policy_only: bool, **others: Any,
) -> tuple[Asked, dict[str, Any]]:
    """The terms among the options of a command, and its other options. Raises UsageError for
    options that do not go together."""
    if allowed and reason is None:
        raise click.UsageError("--allow needs to say why: add --reason TEXT.")
    if reason is not None and not allowed:
        raise click.UsageError("--reason says why limits are exceeded: add --allow LIMIT=NUMBER.")
    if policy_only and allowed:
        raise click.UsageError("--policy-only plans nothing that could exceed a limit: leave "
                               "--allow out.")
    twice = sorted({limit for limit, _ in allowed if [n for n, _ in allowed].count(limit) > 1})
    if twice:
        raise click.UsageError(f"--allow names {twice[0]} twice: give it once.")
    allowances = tuple(AllowLimit(limit, count, reason or "") for limit, count in sorted(allowed))
    return Asked(policy_file, allowances, policy_only), others


def refuse_for_saved(terms: Asked) -> None:
    """Raise UsageError where a saved plan is given with terms: it is run as it was made."""
    context = click.get_current_context()
    named = context.get_parameter_source("policy_file") is click.core.ParameterSource.COMMANDLINE
    given = [option for option, there in (
        ("--policy", named), ("--allow", terms.allowances), ("--policy-only", terms.policy_only),
    ) if there]
    if given:
        raise click.UsageError(f"a saved plan is run as it is: give {' and '.join(given)} to "
                               "`reconciler plan --out`.")


def refuse_without_policy(terms: Asked, path: str, *, found: bool) -> None:
    """Raise InvalidInput where only the policy is wanted and there is none."""
    if terms.policy_only and not found:
        raise InvalidInput(f"there is no policy.yaml beside {path}, and --policy-only plans "
                           "nothing else", how="name the policy with --policy FILE")


def terms_words(terms: Asked) -> list[str]:
    """The options again, to be given to the next command."""
    words: list[str] = []
    context = click.get_current_context(silent=True)
    source = context.get_parameter_source("policy_file") if context is not None else None
    if terms.policy_file is not None and source is click.core.ParameterSource.COMMANDLINE:
        words += ["--policy", shlex.quote(terms.policy_file)]
    for each in terms.allowances:
        words += ["--allow", f"{each.limit}={each.count}"]
    if terms.allowances:
        words += ["--reason", shlex.quote(terms.allowances[0].reason)]
    return [*words, *(["--policy-only"] if terms.policy_only else [])]
