"""The catalogue of rules, and the one question everybody asks them: `judge`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Final

from reconciler.model.finding import Finding, Severity
from reconciler.model.operations import (
    OPERATIONS,
    OWN_ACTS,
    RUN_ACTS,
    AddContent,
    Approve,
    ChangeSetting,
    CreateGroup,
    DeleteGroup,
    Invite,
    LeaveSpace,
    MigrateDomain,
    Operation,
    PersonOperation,
    RemoveFromGroup,
    RemoveGroupRole,
    RemoveGroupSpace,
    RemoveMember,
    RemoveProjectRole,
    RequestAccess,
    Resend,
    Revoke,
    SetAccount,
    SetDefaultProject,
    SetGroupRole,
    SetProjectRole,
    SetRole,
    TransferContent,
)
from reconciler.model.organization import Member
from reconciler.model.policy import Policy
from reconciler.model.roles import Role
from reconciler.model.world import World
from reconciler.rules import (
    approvals,
    authority,
    content,
    features,
    invariants,
    limits,
    migration,
    requests,
    shape,
)
from reconciler.rules import policy as policies
from reconciler.rules.authority import states_a_need
from reconciler.rules.case import Case, Rule, Topic

Check = Callable[[Any], Iterator[Finding]]
ALL: Final = OPERATIONS
PERSONS: Final = tuple(o for o in OPERATIONS if issubclass(o, PersonOperation))
ACTED: Final = tuple(o for o in OPERATIONS if o not in OWN_ACTS)


def _rule(
    id_: str, name: str, topic: Topic, says: str, check: Check,
    applies_to: tuple[type[Operation], ...] = ALL,
) -> Rule:
    return Rule(id=id_, name=name, topic=topic, says=says, check=check, applies_to=applies_to)


RULES: Final[tuple[Rule, ...]] = (
    _rule("R01", "email-is-key", Topic.SHAPE,
          "An email is valid, unique in its organization after normalisation, and never changes.",
          shape.email_is_key, PERSONS),
    _rule("R02", "known-references", Topic.SHAPE,
          "Every project, group, team space and team that is named exists, or is created by the "
          "same plan.", shape.known_references),
    _rule("R03", "tier-feature", Topic.SHAPE,
          "A feature that is not in the tier cannot be used: groups, project roles, SSO, more "
          "team spaces than the tier has.", features.tier_feature),
    _rule("R04", "project-level-switch", Topic.SHAPE,
          "Project roles need project-level permissions on; with them on the organization role is "
          "user or admin, with them off viewer, member, manager or admin.",
          features.project_level_switch,
          (Invite, Approve, SetRole, SetProjectRole, SetGroupRole, CreateGroup, ChangeSetting)),
    _rule("R05", "default-project-accessible", Topic.SHAPE,
          "A default project is one where the member has an effective role; losing the last role "
          "on it clears it.", shape.default_project_accessible,
          (Invite, Approve, SetDefaultProject)),
    _rule("R10", "actor-joined", Topic.AUTHORITY,
          "The actor is a joined member of the organization; joining, logging in and asking to "
          "join are nobody else's acts.", authority.actor_joined),
    _rule("R11", "add-remove", Topic.AUTHORITY,
          "Only org admins and managers add or remove people; a manager of projects only with "
          "roles on projects they manage. Setting: managers_may_invite.",
          authority.check_need(authority.need_add_remove), PERSONS),
    _rule("R12", "admin-grants-admin", Topic.AUTHORITY,
          "Only an org admin grants or revokes org admin, or removes an org admin.",
          authority.check_need(authority.need_admin_grants_admin), PERSONS),
    _rule("R13", "manager-scope", Topic.AUTHORITY,
          "A manager changes roles only where they are manager or admin, never above their own "
          "role there, and never the role of someone above them.",
          authority.check_need(authority.need_manager_scope),
          (SetRole, SetProjectRole, RemoveProjectRole)),
    _rule("R14", "admin-only", Topic.AUTHORITY,
          "Groups, bulk transfer, access requests, settings, accounts and domain migrations are "
          "for org admins. Setting: managers_may_approve_requests.",
          authority.check_need(authority.need_admin_only), ACTED),
    _rule("R15", "no-self-change", Topic.AUTHORITY,
          "Nobody changes their own role or removes themselves.", authority.no_self_change,
          (SetRole, SetProjectRole, RemoveProjectRole, RemoveMember)),
    _rule("R16", "space-membership", Topic.AUTHORITY,
          "Team spaces are created, and people and content added to them, by anyone whose role "
          "is member or above; anyone joins or leaves for themselves.",
          authority.check_need(authority.need_space_membership), ACTED),
    _rule("R17", "projects", Topic.AUTHORITY,
          "Projects are created and renamed by org admins and, with project-level permissions "
          "off, managers.", authority.check_need(authority.need_projects), ACTED),
    _rule("R20", "last-admin", Topic.INVARIANT,
          "At every moment at least one joined org admin exists; pending admins do not count.",
          invariants.last_admin, (SetRole, RemoveMember)),
    _rule("R21", "group-floor", Topic.INVARIANT,
          "A direct project role lower than what the member's groups give cannot be set; one that "
          "was there before earns a warning.", invariants.group_floor,
          (Invite, Approve, SetProjectRole)),
    _rule("R22", "no-orphan-grant", Topic.INVARIANT,
          "No grant, membership or default project refers to a member, project or group that does "
          "not exist.", invariants.no_orphan_grant,
          (RemoveProjectRole, RemoveFromGroup, LeaveSpace, RemoveGroupRole, RemoveGroupSpace)),
    _rule("R30", "receiver-joined", Topic.CONTENT,
          "The receiver of content is a joined member other than the source.",
          content.receiver_joined, (TransferContent, AddContent)),
    _rule("R31", "receiver-active", Topic.CONTENT,
          "The receiver logged in within the last 30 days (exactly 30 days counts).",
          content.receiver_active, (TransferContent,)),
    _rule("R32", "receiver-access", Topic.CONTENT,
          "The receiver has an effective role in each project of the content they receive. "
          "Setting: receiver_access.", content.receiver_access, (TransferContent, AddContent)),
    _rule("R33", "transfer-before-remove", Topic.CONTENT,
          "A member's content can be transferred only while they are a member; after removal it "
          "is unassigned.", content.transfer_before_remove, (TransferContent,)),
    _rule("R34", "irreversible", Topic.CONTENT,
          "A transfer, like a domain migration, cannot be undone: plans mark it, apply asks for it "
          "by name.",
          content.asked_for_by_name, ()),
    _rule("R40", "requests-enabled", Topic.REQUEST,
          "Access requests exist only while the organization's switch is on; a member cannot "
          "request.", requests.requests_enabled, (RequestAccess, Approve, ChangeSetting)),
    _rule("R50", "migration-preconditions", Topic.MIGRATION,
          "A domain migration is by an org admin, with SSO off, from a domain that has members to "
          "one that nobody uses; the loss of what is in personal spaces is accepted.",
          migration.migration_preconditions, (MigrateDomain,)),
    _rule("L01", "everybody", Topic.POLICY,
          "No run removes everybody who has joined, whatever the policy says.",
          limits.everybody, ()),
    _rule("L02", "removals", Topic.POLICY,
          "A run removes no more members and takes back no more invitations than limits.removals; "
          "without a policy 25 % of all, at least 5.", limits.removals, ()),
    _rule("L03", "protected-member", Topic.POLICY,
          "A run does not remove or demote protected_members.", policies.protected_member,
          (RemoveMember, Revoke, SetRole, SetProjectRole, RemoveProjectRole, RemoveFromGroup,
           SetGroupRole, RemoveGroupRole, DeleteGroup)),
    _rule("L04", "min-admins", Topic.POLICY,
          "After every step of a run at least min_admins joined admins are left.",
          policies.min_admins, (SetRole, RemoveMember)),
    _rule("L05", "allowed-email-domain", Topic.POLICY,
          "A run adds people with addresses of allowed_email_domains alone.",
          policies.allowed_email_domain, (Invite, Approve, MigrateDomain)),
    _rule("L06", "demotions", Topic.POLICY,
          "A run lowers or takes away the roles of no more people than limits.demotions.",
          limits.demotions, ()),
    _rule("L07", "invitations", Topic.POLICY,
          "A run sends no more invitations than limits.invitations, repeated ones counted.",
          limits.invitations, ()),
    _rule("L08", "content-unassigned", Topic.POLICY,
          "A run leaves no more content items without an owner than limits.content_unassigned.",
          limits.content_unassigned, ()),
    _rule("L09", "invitation-sends", Topic.POLICY,
          "A run sends an invitation at most invitations.max_sends times, and again only after "
          "invitations.resend_after_days.", policies.invitation_sends, (Resend,)),
    _rule("L10", "on-purpose", Topic.POLICY,
          "Only a run changes the policy, exceeds a limit or says whose account is whose; a limit "
          "by its exact number and for a reason.", policies.on_purpose, RUN_ACTS),
    _rule("L11", "approved", Topic.POLICY,
          "Under approvals.required, and whatever a member under approvals.automation runs: every "
          "change is approved by a member who may make it (R10 to R17, by the roles they have "
          "before the run); with approvals.independent neither its author nor whom it concerns.",
          approvals.approved, ()),
    _rule("L12", "account-of-one", Topic.POLICY,
          "An account on a service is one that can be there, and speaks for one member alone.",
          policies.account_of_one, (SetAccount,)),
)
RULE_BY_ID: Final[dict[str, Rule]] = {rule.id: rule for rule in RULES}

_CHECKS: Final[dict[type[Operation], tuple[Check, ...]]] = {
    operation: tuple(rule.check for rule in RULES if operation in rule.applies_to)
    for operation in OPERATIONS
}
_ACTOR_TOPICS: Final = frozenset({Topic.AUTHORITY})
_CHECKS_WITHOUT_ACTOR: Final[dict[type[Operation], tuple[Check, ...]]] = {
    operation: tuple(rule.check for rule in RULES
                     if operation in rule.applies_to and rule.topic not in _ACTOR_TOPICS)
    for operation in OPERATIONS
}
# An org admin meets every need, so the rules that only state one have nothing to say to one.
_CHECKS_OF_AN_ADMIN: Final[dict[type[Operation], tuple[Check, ...]]] = {
    operation: tuple(rule.check for rule in RULES
                     if operation in rule.applies_to and not states_a_need(rule.check))
    for operation in OPERATIONS
}


def judge(
    world: World, operation: Operation, *, actor: Member | None, now: datetime,
    policy: Policy | None = None,
) -> list[Finding]:
    """What the rules say to this operation on this world; empty where it may be done.

    Without an actor the rules of authority are not asked. `now` is UTC (R31). `policy` is what
    holds in a run; outside of runs there is none.
    """
    case = Case(world, operation, actor, now, policy)
    if actor is None:
        checks = _CHECKS_WITHOUT_ACTOR
    else:
        checks = _CHECKS_OF_AN_ADMIN if actor.role is Role.ADMIN else _CHECKS
    found: list[Finding] = []
    for check in checks[type(operation)]:
        # Nearly always nothing is found, and extend() asks an empty generator how long it is.
        for finding in check(case):
            found.append(finding)
    return found


def refuses(findings: list[Finding]) -> bool:
    """Whether any of these is an error."""
    return any(f.severity is Severity.ERROR for f in findings)


