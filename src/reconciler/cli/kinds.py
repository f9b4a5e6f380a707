"""What kind of file somebody names: a desired state, a saved plan, the report of one, a snapshot.

A file of the wrong kind is told in one line, with the command that takes it, instead of in all the
keys that are unknown in it.
"""

from __future__ import annotations

import enum
import shlex
from pathlib import Path
from typing import Final

from reconciler.live.snapshot import MARK, SCHEME
from reconciler.model.errors import InvalidInput

YAML_ENDINGS: Final = (".yaml", ".yml")
PLAN_ENDING: Final = ".json"
_READ: Final = 4096
_REPORTS: Final = (b"Plan for ", b"No plan for ", b"No changes", b"Applied to ", b"Drift of ",
                   b"<!-- reconciler: report of ")
_PAGE: Final = b'<meta name="generator" content="reconciler">'


class Kind(enum.Enum):
    """What a path holds, as far as its first lines and its name say."""

    DESIRED = enum.auto()
    PLAN = enum.auto()
    REPORT = enum.auto()
    SNAPSHOT = enum.auto()
    UNKNOWN = enum.auto()


def kind_of(path: str | Path) -> Kind:
    """The kind of what is at a path. Only regular files are opened: a pipe is read once."""
    place = Path(path)
    if place.is_dir():
        return Kind.DESIRED
    try:
        if not place.is_file():
            return Kind.UNKNOWN
        with place.open("rb") as file:
            begins = file.read(_READ)
    except (OSError, ValueError):
        return Kind.UNKNOWN  # reading it will say why not
    if begins.startswith(MARK):
        return Kind.SNAPSHOT
    if begins.lstrip().startswith(b"{") and b'"format_version"' in begins[:200]:
        return Kind.REPORT if b'"report":' in begins[:200] else Kind.PLAN
    if begins.startswith(_REPORTS) or _PAGE in begins:
        return Kind.REPORT
    if b"apiVersion" in begins or place.suffix in YAML_ENDINGS:
        return Kind.DESIRED
    return Kind.UNKNOWN


def is_for_a_plan(path: str) -> bool:
    """Whether `apply` is given a saved plan: by its name or, where the name says nothing, by what
    it holds. What is named like YAML is never run as a plan, which asks no question."""
    suffix = Path(path).suffix
    return suffix == PLAN_ENDING or (
        suffix not in YAML_ENDINGS and kind_of(path) is Kind.PLAN)


def expect_desired(path: str) -> None:
    """Raise InvalidInput where a desired state is wanted and something else is named."""
    match kind_of(path):
        case Kind.PLAN if Path(path).suffix in YAML_ENDINGS:
            raise InvalidInput(
                f"{path} is a saved plan with the name of a desired state",
                how=f"rename it to apply it: mv {shlex.quote(path)} plan.json")
        case Kind.PLAN:
            raise InvalidInput(
                f"{path} is a saved plan, and a desired state is wanted here",
                how=f"apply it: reconciler apply {shlex.quote(path)}; or look at it: "
                    f"reconciler show {shlex.quote(path)}")
        case Kind.REPORT:
            raise _is_a_report(path)
        case Kind.SNAPSHOT:
            raise _is_a_snapshot(path)
        case Kind.DESIRED | Kind.UNKNOWN:
            return


def expect_plan(path: str) -> None:
    """Raise InvalidInput where a saved plan is wanted and something else is named."""
    match kind_of(path):
        case Kind.DESIRED:
            named = ("; apply takes a name that ends in .json for a saved plan"
                     if Path(path).suffix == PLAN_ENDING else "")
            raise InvalidInput(
                f"{path} is a desired state, and a saved plan is wanted here{named}",
                how=f"plan it: reconciler plan {shlex.quote(path)}")
        case Kind.REPORT:
            raise _is_a_report(path)
        case Kind.SNAPSHOT:
            raise _is_a_snapshot(path)
        case Kind.PLAN | Kind.UNKNOWN:
            return


def _is_a_snapshot(path: str) -> InvalidInput:
    return InvalidInput(
        f"{path} is a snapshot of a live store",
        how=f"plan against it: reconciler plan PATH --store {shlex.quote(f'{SCHEME}{path}')}")


def _is_a_report(path: str) -> InvalidInput:
    return InvalidInput(
        f"{path} is the report of a plan, for people to read",
        how="save the plan itself: reconciler plan PATH --out plan.json")
