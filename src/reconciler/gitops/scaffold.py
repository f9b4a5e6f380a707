"""The repository in which an organization's access is kept: all of its files, as texts.

A live organization is adopted as it is: the files are read back and planned against what they were
made of, and where that plan would change anything, there is no repository.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Final

from reconciler.desired.files import POLICY_FILE
from reconciler.desired.policy import DeclaredPolicy, load_policy, validate_with_policy
from reconciler.desired.policy_export import policy_yaml
from reconciler.desired.repository import repository_yaml, starter_yaml
from reconciler.desired.state import DesiredState
from reconciler.gitops.codeowners import Codeowners, codeowners
from reconciler.gitops.worktree import CODEOWNERS
from reconciler.live.ports import Reader
from reconciler.model.email import Email
from reconciler.model.errors import InvalidInput, ReconcilerError
from reconciler.model.finding import errors
from reconciler.model.policy import BUILT_IN, Policy
from reconciler.model.roles import Role
from reconciler.planning.observing import BEYOND, beyond_the_files
from reconciler.planning.plan import Plan
from reconciler.planning.planner import make_plan
from reconciler.planning.policy import Terms

ACCESS: Final = "access"
"""The folder of the YAML; the workflows know it too."""
WORKFLOWS: Final = ("apply", "drift", "plan")
_NOT_ADOPTED: Final = "the live organization cannot be adopted as it is"
_SETTLE: Final = "settle that in the live organization first"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaffold:
    """The files by name; what they declare; who owns them; and, from a live organization, their
    first plan, which is empty and has in its notes what the files do not manage."""

    files: Mapping[str, str]
    state: DesiredState
    policy: Policy
    owners: Codeowners
    plan: Plan | None = None


def from_live(reader: Reader, *, markdown: Callable[[str], str], now: datetime) -> Scaffold:
    """The repository of a live organization; `markdown` escapes its name.

    Raises what loading and judging raise where what is live breaks a rule, and InvalidInput where
    the first plan would not be empty.
    """
    frame = reader.frame()
    people = reader.members(list(reader.emails())).values()
    admins = [m.email for m in people if m.joined and m.role is Role.ADMIN]
    access = {**repository_yaml(frame, people),
              POLICY_FILE: policy_yaml(frame.policy, admins=admins)}
    try:
        state, policy = _read_back(access)
    except ReconcilerError as error:
        raise type(error)(f"{_NOT_ADOPTED}: {error.what}", how=_SETTLE,
                          findings=error.findings) from None
    _refuse_other_policy(frame.policy, policy)
    plan = make_plan(state, reader, actor=None, now=now, terms=Terms(declared=policy))
    _refuse_changes(plan)
    title = markdown(frame.settings.name or frame.organization)
    return _whole(access, state, policy, title=title, plan=_saying_what_is_not_managed(plan, state))


def from_nothing(
    organization: str, admins: Iterable[Email], *, markdown: Callable[[str], str]
) -> Scaffold:
    """The repository of an organization that is in no live store yet, with these admins;
    `markdown` escapes its name. Raises what loading raises."""
    people = sorted(set(admins))
    access = {**starter_yaml(organization, people), POLICY_FILE: policy_yaml(None, admins=people)}
    state, policy = _read_back(access)
    return _whole(access, state, policy, title=markdown(organization))


def _whole(
    access: Mapping[str, str], state: DesiredState, policy: DeclaredPolicy, *, title: str,
    plan: Plan | None = None,
) -> Scaffold:
    owners = codeowners(
        state, folder=f"{ACCESS}/", automation=policy.policy.automation,
        command=f"reconciler codeowners {ACCESS} --out {CODEOWNERS}")
    files = {
        **{f"{ACCESS}/{name}": text for name, text in access.items()},
        CODEOWNERS: owners.text,
        **{f".github/workflows/{name}.yml": _template(f"workflows/{name}.yml")
           for name in WORKFLOWS},
        ".gitignore": _template("gitignore"),
        "README.md": _template("README.md").replace("{organization}", title),
    }
    return Scaffold(files=dict(sorted(files.items())), state=state, policy=policy.policy,
                    owners=owners, plan=plan)


def _read_back(access: Mapping[str, str]) -> tuple[DesiredState, DeclaredPolicy]:
    """What the files say, once they are files. Raises what loading and judging raise."""
    with tempfile.TemporaryDirectory(prefix="reconciler-init-") as folder:
        for name, text in access.items():
            path = Path(folder) / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return validate_with_policy(folder), load_policy(Path(folder) / POLICY_FILE)


def _refuse_other_policy(kept: Policy | None, declared: DeclaredPolicy) -> None:
    if declared.policy != (kept or BUILT_IN):
        raise InvalidInput(
            "the policy that the live store keeps says what no policy.yaml can say",
            how="apply one that it can say first: reconciler apply PATH --policy-only")


def _refuse_changes(plan: Plan) -> None:
    found = errors(list(plan.findings))
    if plan.empty and not found:
        return
    keys = ", ".join(c.key for c in plan.changes[:5])
    more = f" and {len(plan.changes) - 5} more" if len(plan.changes) > 5 else ""
    raise InvalidInput(
        f"{_NOT_ADOPTED}: the first plan would not be empty" + (f" ({keys}{more})" if keys else ""),
        how=_SETTLE, findings=tuple(plan.findings))


def _saying_what_is_not_managed(plan: Plan, state: DesiredState) -> Plan:
    """The same also where there were runs before, of other files."""
    said = {note.subject for note in plan.notes if note.code == BEYOND}
    more = (note for note in beyond_the_files(state) if note.subject not in said)
    return replace(plan, notes=(*plan.notes, *more))


def _template(name: str) -> str:
    file = resources.files("reconciler.gitops").joinpath("templates", *name.split("/"))
    return file.read_text(encoding="utf-8")
