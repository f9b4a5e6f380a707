"""What a change to the organization's file must not be able to weaken (desired-state.md, Policy).

Policies form a lattice: `tightest` of two holds whatever either holds, and one policy is looser
than another exactly where their tightest is not that policy itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any, Final

from reconciler.model.canonical import canonical
from reconciler.model.email import Email
from reconciler.model.organization import ReceiverAccess
from reconciler.model.values import NO_ENTRIES, FrozenMap, frozen_map

Document = dict[str, Any]

REMOVALS: Final = "removals"
LIMITS: Final = (REMOVALS, "demotions", "invitations", "content_unassigned")
"""What one run may do only so often."""
BUILT_IN_PERCENT: Final = 25
BUILT_IN_COUNT: Final = 5
"""How many removals are allowed where no policy says: this share, at least this many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A cap on how much one run may do: the smallest of what is stated holds; nothing stated is
    no cap. `built_in` caps with the built-in share of removals as well."""

    count: int | None = None
    percent: int | None = None
    built_in: bool = False

    def allowed(self, total: int) -> int | None:
        """How many of so many; None without a cap. Percentages are rounded down."""
        caps = [] if self.count is None else [self.count]
        if self.percent is not None:
            caps.append(total * self.percent // 100)
        if self.built_in:
            caps.append(max(BUILT_IN_COUNT, total * BUILT_IN_PERCENT // 100))
        return min(caps, default=None)

    def __str__(self) -> str:
        parts = [] if self.count is None else [str(self.count)]
        if self.percent is not None:
            parts.append(f"{self.percent} %")
        if self.built_in:
            parts.append(f"{BUILT_IN_PERCENT} %, at least {BUILT_IN_COUNT}")
        return ", and ".join(parts) or "no limit"


NO_LIMIT: Final = Limit()
BUILT_IN_REMOVALS: Final = Limit(built_in=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The policy of one organization; the defaults are what holds where nothing is stated.

    `allowed_email_domains` None allows every domain, an empty set none. A removals limit that is
    not stated is the built-in one. `receiver_access` None leaves the organization's setting as it
    is. `automation` are members that are machines: what they run is approved, always.
    """

    protected_members: frozenset[Email] = frozenset()
    min_admins: int = 1
    allowed_email_domains: frozenset[str] | None = None
    limits: FrozenMap[str, Limit] = NO_ENTRIES
    default_receiver: Email | None = None
    require_transfer: bool = True
    expire_after_days: int = 30
    resend_after_days: int = 7
    max_sends: int = 3
    receiver_access: ReceiverAccess | None = None
    approvals_required: bool = False
    approvals_independent: bool = True
    automation: frozenset[Email] = frozenset()

    def limit(self, name: str) -> Limit:
        """The cap of this name, stated or built in."""
        return self.limits.get(name, BUILT_IN_REMOVALS if name == REMOVALS else NO_LIMIT)

    def allows(self, email: Email) -> bool:
        """Whether somebody with this address may be added."""
        domains = self.allowed_email_domains
        return domains is None or email.rpartition("@")[2] in domains


BUILT_IN: Final = Policy()
"""What holds where no policy was ever applied."""


def effective(kept: Policy | None, now: Policy | None) -> Policy | None:
    """What holds in a run: `kept` is what the store held when it began, `now` what the run has
    made of it. Tightening holds at once, loosening in the next run. None without any policy.

    The first policy of an organization is held against the built-in one; whom it names as the
    receiver of content may receive at once, as the organization's file could name them too.
    """
    if now is None:
        return kept
    if kept is None:
        kept = replace(BUILT_IN, default_receiver=now.default_receiver)
    return tightest(kept, now)


def tightest(a: Policy, b: Policy) -> Policy:
    """What is allowed by both. For invitations fewer sends and longer gaps are the tighter; two
    different receivers leave none, so that somebody has to decide."""
    if a == b:
        return a
    domains = a.allowed_email_domains
    if domains is None:
        domains = b.allowed_email_domains
    elif b.allowed_email_domains is not None:
        domains = domains & b.allowed_email_domains
    limits = {name: _tighter_limit(name, a, b) for name in LIMITS}
    return Policy(
        protected_members=a.protected_members | b.protected_members,
        min_admins=max(a.min_admins, b.min_admins),
        allowed_email_domains=domains,
        limits=frozen_map((n, x) for n, x in limits.items() if x != BUILT_IN.limit(n)),
        default_receiver=a.default_receiver if a.default_receiver == b.default_receiver else None,
        require_transfer=a.require_transfer or b.require_transfer,
        expire_after_days=max(a.expire_after_days, b.expire_after_days),
        resend_after_days=max(a.resend_after_days, b.resend_after_days),
        max_sends=min(a.max_sends, b.max_sends),
        receiver_access=max(a.receiver_access, b.receiver_access, key=_ACCESS_STRICTNESS.index),
        approvals_required=a.approvals_required or b.approvals_required,
        approvals_independent=a.approvals_independent or b.approvals_independent,
        automation=a.automation | b.automation)


_ACCESS_STRICTNESS: Final = (ReceiverAccess.WARN, None, ReceiverAccess.REQUIRE)


def looser_parts(old: Policy, new: Policy) -> list[str]:
    """In words, where the new policy allows what the old one does not; empty where it is nowhere
    looser."""
    held = tightest(old, new)
    if held == new:
        return []
    parts = [
        f"{_words(name)}: {_said(name, old)} becomes {_said(name, new)}"
        for name in _PLAIN if getattr(held, name) != getattr(new, name)
    ]
    parts += [f"limit of {_words(name)}: {old.limit(name)} becomes {new.limit(name)}"
              for name in LIMITS if held.limit(name) != new.limit(name)]
    gone = sorted(held.protected_members - new.protected_members)
    if gone:
        parts.append(f"no longer protected: {', '.join(gone)}")
    freed = sorted(held.automation - new.automation)
    if freed:
        parts.append(f"no longer automation, whose runs are approved: {', '.join(freed)}")
    if held.allowed_email_domains != new.allowed_email_domains:
        more = new.allowed_email_domains
        added = "every domain" if more is None else ", ".join(
            sorted(more - (held.allowed_email_domains or frozenset())))
        parts.append(f"email domains allowed besides: {added}")
    return parts


def to_document(policy: Policy) -> Document:
    """The policy as plain JSON values, all of it stated, sorted."""
    domains = policy.allowed_email_domains
    made: Document = {name: getattr(policy, name) for name in _PLAIN}
    made["receiver_access"] = policy.receiver_access and str(policy.receiver_access)
    made["protected_members"] = sorted(policy.protected_members)
    made["automation"] = sorted(policy.automation)
    made["allowed_email_domains"] = None if domains is None else sorted(domains)
    made["limits"] = {name: _limit_document(policy.limits[name]) for name in sorted(policy.limits)}
    return {key: made[key] for key in sorted(made)}


def from_document(document: Document) -> Policy:
    """The policy that such a document states; what it leaves out is as built in. Raises KeyError,
    TypeError or ValueError where it is none."""
    values = dict(document)
    unknown = values.keys() - {f.name for f in fields(Policy)}
    if unknown or not {*values.get("limits", ())} <= set(LIMITS):
        raise ValueError(f"no part of a policy: {', '.join(sorted(unknown)) or 'a limit'}")
    if values.get("receiver_access") is not None:
        values["receiver_access"] = ReceiverAccess(values["receiver_access"])
    if values.get("allowed_email_domains") is not None:
        values["allowed_email_domains"] = frozenset(values["allowed_email_domains"])
    for people in ("protected_members", "automation"):
        values[people] = frozenset(values.get(people, ()))
    values["limits"] = limits_of((n, Limit(**x)) for n, x in values.get("limits", {}).items())
    return Policy(**values)


def limits_of(stated: Iterable[tuple[str, Limit]]) -> FrozenMap[str, Limit]:
    """Limits as a policy keeps them: what says no more than the built-in ones is left out."""
    return frozen_map((name, limit) for name, limit in stated if limit != BUILT_IN.limit(name))


def digest(policy: Policy) -> str:
    """A SHA-256 of what the policy says."""
    return "sha256:" + hashlib.sha256(canonical(to_document(policy))).hexdigest()


_PLAIN: Final = ("min_admins", "default_receiver", "require_transfer", "expire_after_days",
                 "resend_after_days", "max_sends", "receiver_access", "approvals_required",
                 "approvals_independent")


def _tighter_limit(name: str, a: Policy, b: Policy) -> Limit:
    one, other = a.limit(name), b.limit(name)
    count = _smaller(one.count, other.count)
    percent = _smaller(one.percent, other.percent)
    held = name == REMOVALS and (_within_built_in(one) or _within_built_in(other))
    made = Limit(count=count, percent=percent)
    return replace(made, built_in=held and not _within_built_in(made))


def _within_built_in(limit: Limit) -> bool:
    """Whether a cap never allows more removals than the built-in one."""
    return (limit.built_in
            or (limit.count is not None and limit.count <= BUILT_IN_COUNT)
            or (limit.percent is not None and limit.percent <= BUILT_IN_PERCENT))


def _smaller(a: int | None, b: int | None) -> int | None:
    if a is None or b is None:
        return b if a is None else a
    return min(a, b)


def _limit_document(limit: Limit) -> Document:
    made: Document = {"count": limit.count, "percent": limit.percent, "built_in": limit.built_in}
    # Not by truth: a count of 0 is the tightest limit there is.
    return {k: made[k] for k in sorted(made) if made[k] is not None and made[k] is not False}


def _words(name: str) -> str:
    return name.replace("_", " ")


def _said(name: str, policy: Policy) -> str:
    value = getattr(policy, name)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "none" if value is None else str(value)
