"""policy.yaml: from the file to a Policy, or to everything wrong with it (desired-state.md)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from reconciler.desired import format as checks
from reconciler.desired.files import POLICY_FILE, find_root, read_file
from reconciler.desired.nodes import Node, read_nodes
from reconciler.desired.policy_shape import plain_policy, policy_fits, shape_findings
from reconciler.desired.state import DesiredState, Mode
from reconciler.model.email import Email, InvalidEmail, hidden_character, normalize_email
from reconciler.model.errors import ReconcilerError
from reconciler.model.finding import Finding, Location, Severity, in_order
from reconciler.model.organization import ReceiverAccess
from reconciler.model.policy import Limit, Policy, limits_of
from reconciler.model.roles import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredPolicy:
    """A policy as a file states it. `places` has the places of what refers to people:
    ("protected_members", EMAIL), ("automation", EMAIL), ("default_receiver", ""),
    ("receiver_access", ""), ("required", "") of approvals."""

    policy: Policy
    file: str
    places: dict[tuple[str, str], Location] = field(default_factory=dict, compare=False)

    def place(self, key: str, entry: str = "") -> Location:
        """Where a part of it stands; the file alone where it is not stated."""
        return self.places.get((key, entry), Location(self.file))


def policy_beside(path: str | Path) -> Path | None:
    """policy.yaml beside the root file of a desired state, where there is one."""
    root = find_root(path)
    beside = root.directory / POLICY_FILE
    # A link to nothing is a policy that cannot be read, not the absence of one.
    return beside if root.name != POLICY_FILE and os.path.lexists(beside) else None


def load_policy(path: Path, *, shown: str | None = None) -> DeclaredPolicy:
    """The policy of a file, which findings call `shown`. Raises InvalidInput (F..) or Refused
    (R01) with all findings."""
    from reconciler.desired.load import refuse

    name = shown or path.name
    data = read_file(path.parent, path.name)
    if isinstance(data, Finding):
        refuse([data.at(Location(name))])
        raise AssertionError("a file that cannot be read is refused")
    reading = read_nodes(name, data)
    findings = list(reading.findings)
    if reading.root is not None:
        findings += _explain(name, reading.root)
    refuse(findings)
    if reading.root is None:
        raise AssertionError("a file without a value has findings")
    return _built(name, reading.root)


def load_with_policy(
    load: Callable[[str | Path], DesiredState], path: str | Path, given: str | None = None
) -> tuple[DesiredState, DeclaredPolicy | None]:
    """What `load` makes of the desired state at `path`, and the policy that was `given`, or stands
    beside it. Raises what either raises, with the findings of both."""
    from reconciler.desired.load import refuse

    state, policy = None, None
    wrong: list[ReconcilerError] = []
    try:
        state = load(path)
    except ReconcilerError as error:
        wrong.append(error)
    try:
        file = Path(given) if given is not None else policy_beside(path)
        if file is not None:
            # Like the names of all other files: relative to the root file's folder.
            shown = os.path.relpath(file, find_root(path).directory)
            policy = load_policy(file, shown=Path(shown).as_posix())
    except ReconcilerError as error:
        wrong.append(error)
    if len(wrong) == 2 and all(each.findings for each in wrong):
        refuse([f for each in wrong for f in each.findings])
    if wrong:
        raise wrong[0]
    if state is None:
        raise AssertionError("a desired state is loaded, or why not is raised")
    return state, policy


def validate_with_policy(path: str | Path, given: str | None = None) -> DesiredState:
    """`reconciler.desired.judge.validate` of a desired state together with its policy: raises
    what both raise and what they say against each other; warnings are in the state's findings."""
    from reconciler.desired.judge import validate
    from reconciler.desired.load import refuse

    state, policy = load_with_policy(validate, path, given)
    if policy is None:
        return state
    findings = [*state.findings, *judge_policy(policy, state)]
    refuse(findings)
    return replace(state, findings=in_order(findings))


def judge_policy(
    declared: DeclaredPolicy, state: DesiredState, *,
    is_there: Callable[[Email], bool] | None = None,
) -> list[Finding]:
    """What a policy and a desired state say against each other: F20, R30 and L11, and warnings
    about people whom it protects (L03) or names as automation (L11), and who exist nowhere.
    `is_there` asks the live store; None is
    offline."""
    policy = declared.policy
    found = []
    stated = state.settings.get("receiver_access")
    if policy.receiver_access is not None and stated not in (None, str(policy.receiver_access)):
        found.append(checks.CONTRADICTION.found(
            declared.place("receiver_access"), f"the policy says receiver_access: "
            f"{policy.receiver_access}, and the settings of {state.organization} {stated}",
            "state it in one of them"))
    receiver = policy.default_receiver
    if (receiver is not None and receiver not in state.members
            and state.manage.members is Mode.AUTHORITATIVE):
        found.append(Finding(
            rule="R30", subject=receiver, location=declared.place("default_receiver"),
            what=f"{receiver}, who is to receive content, is no member",
            how="name a member who is declared"))
    found.extend(_protected_who_go(declared, state))
    found.extend(_nobody_to_approve(declared, state))
    nowhere = "is not declared" if is_there is None else "exists nowhere"
    for rule, key, people, names in (
            ("L03", "protected_members", policy.protected_members, "protects {}"),
            ("L11", "automation", policy.automation, "names {} as automation")):
        found += [Finding(
            rule=rule, subject=email, severity=Severity.WARNING,
            location=declared.place(key, email),
            what=f"the policy {names.format(email)}, who {nowhere}",
            how="check the address, or take it out")
            for email in sorted(people)
            if email not in state.members and not (is_there is not None and is_there(email))]
    return sorted(found, key=Finding.sort_key)


def _protected_who_go(declared: DeclaredPolicy, state: DesiredState) -> Iterator[Finding]:
    """L03 before it is too late: a change of address, or an end, that would remove somebody."""
    protected = declared.policy.protected_members
    for change in state.email_changes:
        if change.old in protected:
            yield Finding(
                rule="L03", subject=change.old, location=state.place(change),
                what=f"{change.old} is protected by the policy, and the last step of the change "
                     "of their address would remove them",
                how=f"take them out of protected_members first, in a run of its own, and protect "
                    f"{change.new} instead")
    for ending in state.endings:
        if ending.section == "members" and ending.key in protected:
            what = ("removed" if ending.kind == "member" else "demoted")
            yield Finding(
                rule="L03", subject=ending.key, severity=Severity.WARNING,
                location=state.place(ending),
                what=f"{ending.key} is protected by the policy, and is to be {what} after "
                     f"{ending.until}: every plan will be refused then",
                how="take the until out, or the protection, in a run of its own")


def _nobody_to_approve(declared: DeclaredPolicy, state: DesiredState) -> Iterator[Finding]:
    """L11 before it is too late: approvals that nobody could give. Only where the file says who
    all the admins are. Where machines alone need them it is a warning: people can still apply."""
    policy = declared.policy
    required, machines = policy.approvals_required, policy.automation
    if not (required or machines) or state.manage.members is not Mode.AUTHORITATIVE:
        return
    admins = [m.email for m in state.members.values()
              if m.role is Role.ADMIN and m.email not in machines]
    if len(admins) > 1 or (admins and not policy.approvals_independent):
        return
    what = ("the policy requires approvals" if required else
            "whatever automation runs needs approvals")
    if not admins:
        what += ", and no admin is declared who is no automation"
    else:
        what += (f", and {admins[0]} is the only admin who could give them: nobody could approve "
                 "what they propose, or what concerns them")
    how = "declare one more admin" if admins else "declare two admins"
    yield Finding(
        rule="L11", subject="approvals", what=what,
        severity=Severity.ERROR if required else Severity.WARNING,
        location=(declared.place("required") if required
                  else declared.place("automation", min(machines))),
        how=how if required else f"{how}, or have somebody apply by hand what nobody can approve")


# --- what is wrong with it ----------------------------------------------------------------------


def _explain(file: str, root: Node) -> list[Finding]:
    found = shape_findings(file, root)
    if found:
        return found
    if not policy_fits(plain_policy(root)):
        raise AssertionError("the explanations of a policy know all that pydantic refuses")
    return [*_addresses(file, root), *_domains(file, root)]


def _texts(root: Node, key: str) -> list[Node]:
    box = root.get(key)
    return box.items if box is not None else []


def _addresses(file: str, root: Node) -> Iterator[Finding]:
    removals = root.get("removals")
    receiver = removals.get("default_receiver") if removals is not None else None
    approvals = root.get("approvals")
    automation = _texts(approvals, "automation") if approvals is not None else []
    first: dict[tuple[bool, str], Node] = {}
    receives = [receiver] if receiver is not None and receiver.value is not None else []
    for node in [*_texts(root, "protected_members"), *automation, *receives]:
        hidden = hidden_character(node.value)
        if hidden:
            yield checks.HIDDEN_CHARACTER.found(
                node.at(file), f"an email holds the hidden character {hidden}", "type it again")
            continue
        try:
            email = normalize_email(node.value)
        except InvalidEmail as wrong:
            yield Finding(rule="R01", what=f"{node.value!r} is no email address: {wrong}",
                          how="write it as name@company.example", subject=node.value,
                          location=node.at(file))
            continue
        key = (node in automation, email)
        if node is not receiver and first.setdefault(key, node) is not node:
            yield _twice(file, node, email, first[key])


def _domains(file: str, root: Node) -> Iterator[Finding]:
    first: dict[str, Node] = {}
    for node in _texts(root, "allowed_email_domains"):
        text = node.value
        try:
            domain = _domain(text)
        except InvalidEmail as wrong:
            _, at, after = text.rpartition("@")
            yield checks.BAD_NAME.found(
                node.at(file), f"{text!r} is no email domain: {wrong}",
                f"write {after}" if at and after else "write it as company.example", subject=text)
            continue
        if first.setdefault(domain, node) is not node:
            yield _twice(file, node, domain, first[domain])


def _domain(text: str) -> str:
    """A domain in the form in which it ends normalised addresses. Raises InvalidEmail."""
    if "@" in text:
        raise InvalidEmail("it holds an @")
    return normalize_email(f"x@{text.strip()}").rpartition("@")[2]


def _twice(file: str, node: Node, name: str, first: Node) -> Finding:
    return checks.DUPLICATE_KEY.found(
        node.at(file), f"{name} is stated a second time (first at {first.at(file)})",
        "keep one of them", subject=name)


# --- the policy ---------------------------------------------------------------------------------


def _built(file: str, root: Node) -> DeclaredPolicy:
    stated = plain_policy(root)
    values: dict[str, Any] = {**stated.get("removals", {}), **stated.get("invitations", {})}
    if "min_admins" in stated:
        values["min_admins"] = stated["min_admins"]
    if "receiver_access" in stated:
        values["receiver_access"] = ReceiverAccess(stated["receiver_access"])
    if "allowed_email_domains" in stated:
        values["allowed_email_domains"] = frozenset(map(_domain, stated["allowed_email_domains"]))
    if values.get("default_receiver") is not None:
        values["default_receiver"] = normalize_email(values["default_receiver"])
    approvals = stated.get("approvals", {})
    values |= {f"approvals_{name}": approvals[name]
               for name in ("required", "independent") if name in approvals}
    values["automation"] = frozenset(map(normalize_email, approvals.get("automation", ())))
    values["limits"] = limits_of(
        (name, Limit(**limit)) for name, limit in stated.get("limits", {}).items())
    protected = {normalize_email(node.value): node for node in _texts(root, "protected_members")}
    places = {("protected_members", str(e)): node.at(file) for e, node in protected.items()}
    box_of_automation = root.get("approvals")
    if box_of_automation is not None:
        places |= {("automation", normalize_email(node.value)): node.at(file)
                   for node in _texts(box_of_automation, "automation")}
    for key, box in (("default_receiver", root.get("removals")), ("receiver_access", root),
                     ("required", box_of_automation)):
        node = box.get(key) if box is not None else None
        if node is not None:
            places[key, ""] = node.at(file)
    return DeclaredPolicy(policy=Policy(protected_members=frozenset(protected), **values),
                          file=file, places=places)
