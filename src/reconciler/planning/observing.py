"""What the files do not manage, said in the plan with which an organization is adopted: nothing is
changed by it, and whoever reads it should know what never will be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from reconciler.desired.state import DesiredState, Manage, Mode
from reconciler.model.values import UNSET
from reconciler.planning.plan import Note

BEYOND: Final = "beyond"
"""The code of these notes."""
_KEPT: Final = {
    "members": "members who are not declared stay",
    "groups": "groups that are not declared stay, and so does what groups have besides",
    "project_roles": "roles on projects stay that are higher than declared, or not declared",
    "default_projects": "default projects stay that are not declared",
    "team_spaces": "people stay in team spaces that are not declared for them",
}
_OPTIONAL: Final = (("name", "name"), ("team", "team"), ("default_project", "default project"),
                    ("spaces", "team spaces"))


def beyond_the_files(state: DesiredState) -> Iterator[Note]:
    """A note for each section that is not the whole truth, and one for the fields of members that
    are not stated."""
    for section in Manage.__slots__:
        mode = getattr(state.manage, section)
        match mode:
            case Mode.AUTHORITATIVE:
                continue
            case Mode.ADDITIVE:
                text = _KEPT[section]
            case _:
                text = "not compared at all"
        yield _note(section, f"{text} (manage.{section}: {mode})")
    unstated = [words for field, words in _OPTIONAL
                if any(getattr(m, field) is UNSET for m in state.members.values())]
    if unstated:
        *first, last = unstated
        names = f"{', '.join(first)} and {last}" if first else last
        yield _note("members", f"{names} of members for whom the files do not state it")


def _note(subject: str, text: str) -> Note:
    return Note(code=BEYOND, subject=subject, text=text)
