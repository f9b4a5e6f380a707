"""R40: access requests."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model.finding import Finding
from reconciler.model.operations import Approve, ChangeSetting, RequestAccess
from reconciler.rules.case import Case, violation


def requests_enabled(case: Case) -> Iterator[Finding]:
    """R40: requests exist only while the organization's switch is on; a member cannot request."""
    world = case.world
    match case.operation:
        case RequestAccess(email):
            if not world.settings.access_requests:
                yield violation("R40", case, f"{world.organization} takes no access requests",
                                "an admin can invite the person, or turn access_requests on")
            member = world.member(email)
            if member is not None:
                yield violation("R40", case, f"{email} is {member.state} already and cannot "
                                "request access", "there is nothing to request")
        case Approve():
            if not world.settings.access_requests:
                yield violation("R40", case, f"{world.organization} takes no access requests",
                                "turn access_requests on")
        case ChangeSetting("access_requests", False):
            waiting = world.requesting()
            if waiting:
                yield violation("R40", case, "access requests cannot be turned off while "
                                f"{len(waiting)} wait for a decision ({', '.join(waiting[:3])})",
                                "approve or deny them first (reconciler live approve | deny)")
        case _:
            return
