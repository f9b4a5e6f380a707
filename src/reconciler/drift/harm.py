"""How bad a change outside of review is: what was given or taken, the worst of all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from reconciler.drift.report import Harm
from reconciler.model.elements import Aspect, Movement, Value
from reconciler.model.roles import RANK, Role
from reconciler.model.world import Frame

_ORDER: Final = tuple(Harm)
_ROLES: Final = frozenset({Aspect.ROLE, Aspect.PROJECT_ROLE})


def harm_of(moved: Iterable[Movement], frame: Frame) -> Harm:
    """The worst of what these movements did."""
    return min((_of(m, frame) for m in moved), key=_ORDER.index, default=Harm.OTHER)


def _of(movement: Movement, frame: Frame) -> Harm:
    element, before, after = movement.element, movement.before, movement.after
    if element.aspect is Aspect.SETTING:
        return Harm.SETTING
    if element.aspect is Aspect.MEMBERSHIP:
        return Harm.ACCESS_GIVEN if after else Harm.REMOVAL
    if element.aspect in _ROLES:
        return _of_role(before, after)
    if element.aspect is Aspect.GROUP:
        if not after:
            return Harm.ACCESS_TAKEN
        group = frame.groups.get(element.target)
        admin = group is not None and Role.ADMIN in group.projects.values()
        return Harm.ADMIN_GRANT if admin else Harm.ACCESS_GIVEN
    if element.aspect is Aspect.EXISTENCE and element.subject.startswith("group:"):
        return Harm.OTHER if after else Harm.ACCESS_TAKEN
    return Harm.OTHER


def _of_role(before: Value, after: Value) -> Harm:
    if after == Role.ADMIN:
        return Harm.ADMIN_GRANT
    if after is None:
        return Harm.ACCESS_TAKEN
    if before is None or RANK[Role(str(after))] > RANK[Role(str(before))]:
        return Harm.ACCESS_GIVEN
    return Harm.ACCESS_TAKEN
