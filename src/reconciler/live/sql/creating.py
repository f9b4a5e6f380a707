"""The first moment of an organization: its settings and its first admin, as the rules want them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from reconciler.model.email import Email, InvalidEmail, hidden_character, normalize_email
from reconciler.model.errors import Refused
from reconciler.model.finding import Finding
from reconciler.model.operations import ChangeSetting
from reconciler.model.organization import Member, MemberState, Settings
from reconciler.model.roles import Role
from reconciler.model.world import Frame, World
from reconciler.rules.catalogue import judge


def first_world(organization: str, settings: Settings, admin: Email, now: datetime) -> World:
    """An organization with one member, joined and admin. Raises Refused with every violation of
    R01 (the admin's address) and R03 (settings that the tier does not have)."""
    findings: list[Finding] = []
    if not organization.strip() or organization != organization.strip() or (
            hidden_character(organization)):
        findings.append(Finding(rule="R01", subject=organization,
                                what=f"{organization!r} is no id of an organization",
                                how="choose a short name of letters, digits and dashes"))
    try:
        normal = normalize_email(admin)
        if normal != admin:
            findings.append(Finding(rule="R01", subject=admin, how=f"write {normal}",
                                    what=f"{admin!r} is not in its normal form"))
    except InvalidEmail as wrong:
        findings.append(Finding(rule="R01", subject=admin,
                                what=f"{admin!r} is no email address: {wrong}",
                                how="write it as name@company.example"))
    bare = replace(settings, sso=False, project_level_permissions=False)
    world = World(Frame(organization=organization, settings=bare))
    for switch in ("sso", "project_level_permissions"):
        if getattr(settings, switch):
            findings += judge(world, ChangeSetting(switch, True), actor=None, now=now)
    if findings:
        raise Refused(f"the organization {organization} cannot be created",
                      how="nothing was written", findings=tuple(findings))
    world.settings = settings
    world.put(admin, Member(email=admin, state=MemberState.JOINED, role=Role.ADMIN, joined_at=now,
                            last_login_at=now))
    return world
