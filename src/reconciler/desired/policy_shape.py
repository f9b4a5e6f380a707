"""The shape of policy.yaml: validated with pydantic, and explained where it is wrong."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Final

from reconciler.desired import format as checks
from reconciler.desired.explain import Walk
from reconciler.desired.nodes import Node
from reconciler.desired.scalars import Misread
from reconciler.model.finding import Finding

_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")


def policy_fits(document: Any) -> bool:
    """Whether plain values have the shape of a policy file."""
    from pydantic import ValidationError

    try:
        _adapter().validate_python(document)
    except ValidationError:
        return False
    return True


def plain_policy(node: Node) -> Any:
    """The plain values of a file in which numbers are numbers."""
    match node.kind:
        case "mapping":
            return {key: plain_policy(value) for key, (_, value) in node.pairs.items()}
        case "list":
            return [plain_policy(item) for item in node.items]
        case "scalar":
            number = _number(node)
            return node.value if number is None else number


@cache
def _adapter() -> Any:
    from pydantic import TypeAdapter

    from reconciler.desired.policy_documents import PolicyDocument

    return TypeAdapter(PolicyDocument)


def shape_findings(file: str, root: Node) -> list[Finding]:
    """What is wrong with the shape of a policy file: F05 to F09, F19, F22 and F23."""
    from reconciler.desired.policy_documents import PolicyDocument

    walk = _PolicyWalk(file)
    if root.kind != "mapping":
        walk.say(checks.WRONG_TYPE, root, "a policy file holds a mapping with apiVersion, kind and "
                 "what the policy says", "begin with apiVersion: reconciler/v1")
    elif "kind" not in root.pairs and ("organization" in root.pairs or "members" in root.pairs):
        walk.say(checks.MISPLACED, root, "this is a desired state, not a policy",
                 "name it as PATH, and the policy with --policy")
    else:
        walk.typed_dict(root, PolicyDocument, "the policy")
    return walk.findings


class _PolicyWalk(Walk):
    """The walk along the documents, with numbers and limits."""

    def value(self, node: Node, type_: Any, label: str) -> None:
        from reconciler.desired.policy_documents import LimitDocument

        if type_ is int:
            self._whole_number(node, label)
        elif type_ == LimitDocument:
            self._limit(node, label)
        else:
            super().value(node, type_, label)

    def _limit(self, node: Node, label: str) -> None:
        from reconciler.desired.policy_documents import CountLimitDocument, PercentLimitDocument

        if node.kind != "mapping":
            shown = _number(node)
            how = (f"write {{count: {shown}}}, or {{percent: {shown}}}" if shown is not None
                   else "write {count: N}, {percent: N} or both")
            self.say(checks.WRONG_TYPE, node, f"{label} must be a mapping with count, percent or "
                     "both", how)
        elif not node.pairs:
            self.say(checks.MISSING_KEY, node, f"{label} states neither count nor percent",
                     "state one of them, or leave the limit out")
        else:
            by_percent = "percent" in node.pairs and "count" not in node.pairs
            super().typed_dict(node, PercentLimitDocument if by_percent else CountLimitDocument,
                               f"the limit {label}")

    def _whole_number(self, node: Node, label: str) -> None:
        number = _number(node)
        low, high = _bounds()[label]
        if node.kind != "scalar":
            self.say(checks.WRONG_TYPE, node, f"{label} must be a number, not a {node.kind}",
                     "write one number after the colon")
        elif number is None:
            shown = repr(node.text) if node.text else "nothing"
            quoted = isinstance(node.value, str) and _NUMBER.fullmatch(node.text)
            self.say(checks.WRONG_TYPE, node, f"{label} must be a whole number, not {shown}",
                     "take the quotes away" if quoted else f"write a number from {low} on")
        elif not low <= number <= high:
            self.say(checks.BAD_NUMBER, node, f"{label} cannot be {number}",
                     f"write a number from {low} to {high:,}")


def _number(node: Node) -> int | None:
    """The whole number that a scalar is; None for anything else, a quoted one too."""
    if isinstance(node.value, Misread) and _NUMBER.fullmatch(node.text):
        return int(node.text)
    return None


@cache
def _bounds() -> dict[str, tuple[int, int]]:
    """The least and the most that each number may be, as the documents say."""
    from reconciler.desired.schema import policy_schema

    found: dict[str, tuple[int, int]] = {}

    def look(value: Any) -> None:
        if isinstance(value, dict):
            for name, part in value.get("properties", {}).items():
                if "minimum" in part:
                    found[name] = (part["minimum"], part["maximum"])
            for part in value.values():
                look(part)

    look(policy_schema())
    return found
