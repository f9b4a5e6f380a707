"""Why a file does not have the shape of the format: walks its nodes along the document types."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from types import NoneType, UnionType
from typing import Any, Final, Literal, Required, Union, get_args, get_origin, get_type_hints

from typing_extensions import is_typeddict

from reconciler.desired import format as checks
from reconciler.desired.documents import (
    API_VERSION,
    ROOT_ONLY,
    AccountsDocument,
    LeaveDeparture,
    OrgDocument,
    TransferDeparture,
)
from reconciler.desired.nodes import Node
from reconciler.desired.scalars import reads_as
from reconciler.desired.stream import UNTIL
from reconciler.model.accounts import ACCOUNT
from reconciler.model.day import as_day
from reconciler.model.finding import Finding, Location
from reconciler.model.nearest import did_you_mean

_NONE: Final = {"groups": "[]", "projects": "{}", "team_spaces": "[]"}
_SHOWN: Final = {"mapping": "a mapping", "list": "a list"}


def explain(file: str, root: Node | None, *, is_root: bool) -> list[Finding]:
    """Findings F05 to F09, F19, F20 and F22 of one file."""
    walk = Walk(file)
    if root is None:
        return []
    if root.kind != "mapping":
        walk.say(checks.WRONG_TYPE, root, "a file holds a mapping with apiVersion and sections",
                 f"begin with apiVersion: {API_VERSION}")
        return walk.findings
    kind = root.get("kind")
    if kind is not None and kind.value == "Policy":
        walk.say(checks.MISPLACED, kind, "this is a policy, not a desired state",
                 "keep it as policy.yaml beside the root file, or name it with --policy")
        return walk.findings
    walk.typed_dict(root, OrgDocument, "the file")
    walk.places_of_keys(root, is_root)
    return walk.findings


@cache
def _fields(document: Any) -> tuple[dict[str, Any], frozenset[str]]:
    """The types of the keys, and those that are required."""
    full = get_type_hints(document, include_extras=True)
    required = frozenset(k for k, t in full.items() if get_origin(t) is Required)
    return get_type_hints(document), required


class Walk:
    """One walk along the nodes of a file and the types of its document."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.findings: list[Finding] = []
        self.entry = ""

    def say(self, check: checks.FormatCheck, node: Node, what: str, how: str) -> None:
        self.findings.append(check.found(node.at(self.file), what, how, subject=self.entry))

    def places_of_keys(self, root: Node, is_root: bool) -> None:
        """What stands only in the root file (F19), and what must (F09)."""
        if is_root and root.get("organization") is None:
            self.findings.append(checks.MISSING_KEY.found(
                Location(self.file, 1, 1), "organization is missing",
                "state the id of the organization"))
        if is_root:
            return
        for name in ROOT_ONLY[1:]:
            key = root.key(name)
            if key is not None:
                self.say(checks.MISPLACED, key, f"{name} stands in an included file",
                         "move it to the root file")

    def value(self, node: Node, type_: Any, label: str) -> None:
        origin = get_origin(type_)
        if origin in (Union, UnionType):
            self._union(node, get_args(type_), label)
        elif origin is Literal:
            self._literal(node, get_args(type_), label)
        elif type_ is str:
            self._text(node, label)
        elif type_ is bool:
            self._boolean(node, label)
        elif origin is dict:
            self._mapping(node, get_args(type_)[1], label)
        elif origin is list:
            self._list(node, get_args(type_)[0], label)
        elif is_typeddict(type_):
            self.typed_dict(node, type_, label)
        else:
            raise AssertionError(f"no explanation for {type_!r}")

    def typed_dict(self, node: Node, document: Any, label: str) -> None:
        if not self._is(node, "mapping", label):
            return
        types, required = _fields(document)
        for name, (key, value) in node.pairs.items():
            if name in types:
                if name == "apiVersion":
                    self._version(value)
                elif name == UNTIL:
                    self._day(value)
                elif document is AccountsDocument:
                    self._account(value, name)
                else:
                    self.value(value, types[name], name)
            else:
                self.say(checks.UNKNOWN_KEY, key, f"unknown key {name!r} in {label}",
                         did_you_mean(name, types) or f"known are {', '.join(types)}")
        for name in sorted(required - node.pairs.keys()):
            how = f"write apiVersion: {API_VERSION}" if name == "apiVersion" else f"state {name}"
            self.say(checks.MISSING_KEY, node, f"{name} is missing in {label}", how)

    def _version(self, node: Node) -> None:
        if node.value != API_VERSION:
            shown = repr(node.text) if node.kind == "scalar" else _SHOWN[node.kind]
            self.say(checks.VERSION, node, f"apiVersion {shown} is not supported",
                     f"write apiVersion: {API_VERSION}")

    def _day(self, node: Node) -> None:
        if node.kind != "scalar":
            self._not_a_scalar(node, UNTIL, "a day")
        elif not isinstance(node.value, str) or as_day(node.value) is None:
            shown = repr(node.text) if node.text else "nothing"
            self.say(checks.BAD_DAY, node, f"until must be a day, not {shown}",
                     "write the last day on which it holds as YYYY-MM-DD, such as 2027-01-31")

    def _account(self, node: Node, service: str) -> None:
        if self._text(node, service) and not re.fullmatch(ACCOUNT, node.value):
            self.say(checks.BAD_NAME, node, f"{node.value!r} is no account on {service}",
                     "write the login alone, without @")

    def _union(self, node: Node, options: Iterable[Any], label: str) -> None:
        left = [o for o in options if o is not NoneType]
        if len(left) < len(list(options)) and node.kind == "scalar" and node.value is None:
            return
        if TransferDeparture in left:
            self._departure(node, label)
            return
        documents = [o for o in left if is_typeddict(o)]
        others = [o for o in left if o not in documents]
        if documents and (node.kind == "mapping" or not others):
            self.typed_dict(node, documents[0], label)
        else:
            self.value(node, others[0], label)

    def _departure(self, node: Node, label: str) -> None:
        nothing = node.kind == "scalar" and node.value is None
        if not nothing and not self._is(node, "mapping", label):
            return
        transfer, leave = node.key("transfer_content_to"), node.key("leave_content")
        if transfer is not None and leave is not None:
            self.say(checks.CONTRADICTION, leave,
                     "transfer_content_to and leave_content exclude each other",
                     "keep one of them")
        elif transfer is None and leave is None:
            self.say(checks.MISSING_KEY, node, f"{label} does not say where the content goes",
                     "state transfer_content_to: EMAIL or leave_content: unassigned")
        types = {**_fields(TransferDeparture)[0], **_fields(LeaveDeparture)[0]}
        for name, (key, value) in node.pairs.items():
            if name in types:
                self.value(value, types[name], name)
            else:
                self.say(checks.UNKNOWN_KEY, key, f"unknown key {name!r} in {label}",
                         did_you_mean(name, types) or f"known are {', '.join(types)}")

    def _literal(self, node: Node, allowed: tuple[str, ...], label: str) -> None:
        if not self._text(node, label, allowed):
            return
        if node.value not in allowed:
            self.say(checks.UNKNOWN_VALUE, node, f"{label} cannot be {node.value!r}",
                     did_you_mean(node.value, allowed) or f"choose {_one_of(allowed)}")

    def _text(self, node: Node, label: str, allowed: tuple[str, ...] = ()) -> bool:
        if node.kind != "scalar":
            self._not_a_scalar(node, label, "text")
            return False
        if isinstance(node.value, str):
            return True
        if node.value is None and not node.text:
            self.say(checks.WRONG_TYPE, node, f"{label} has no value", _without_value(label))
        elif node.value is None:
            self.say(checks.WRONG_TYPE, node, f"{label} is {node.text} (null), not text",
                     _without_value(label))
        else:
            how = (f"choose {_one_of(allowed)}" if allowed and node.text not in allowed
                   else f'write "{node.text}" in quotes')
            self.say(checks.MISREAD, node, f"{label}: {node.text} is read as "
                     f"{reads_as(node.value)}, not as text", how)
        return False

    def _boolean(self, node: Node, label: str) -> None:
        if node.kind != "scalar":
            self._not_a_scalar(node, label, "true or false")
        elif not isinstance(node.value, bool):
            how = ("take the quotes away" if node.text.lower() in ("true", "false")
                   else "write true or false")
            shown = repr(node.text) if node.text else "nothing"
            self.say(checks.WRONG_TYPE, node, f"{label} must be true or false, not {shown}", how)

    def _mapping(self, node: Node, of: Any, label: str) -> None:
        if not self._is(node, "mapping", label):
            return
        top = label in ("members", "groups", "projects", "team_spaces", "departures")
        for name, (_, value) in node.pairs.items():
            if top and not self.entry:
                self.entry = name
                self.value(value, of, name)
                self.entry = ""
            else:
                self.value(value, of, name)

    def _list(self, node: Node, of: Any, label: str) -> None:
        if not self._is(node, "list", label):
            return
        if not node.items and label == "kinds":
            self.say(checks.WRONG_TYPE, node, "kinds names no kind",
                     "leave kinds out to mean all kinds")
        named: dict[str, Node] = {}
        for item in node.items:
            self.value(item, of, f"an item of {label}")
            if label == "groups":
                self._twice(item, named)

    def _twice(self, item: Node, named: dict[str, Node]) -> None:
        """A group that is listed with and without an end says two things."""
        name = item.value if item.kind == "scalar" else getattr(item.get("group"), "value", None)
        if not isinstance(name, str):
            return
        first = named.setdefault(name, item)
        if first is not item and "mapping" in (first.kind, item.kind):
            self.say(checks.DUPLICATE_KEY, item,
                     f"{name} is stated a second time (first at {first.at(self.file)})",
                     "keep one of them")

    def _is(self, node: Node, kind: str, label: str) -> bool:
        if node.kind == kind:
            return True
        if node.kind == "scalar" and node.value is None:
            nothing = _NONE.get(label, "{}" if kind == "mapping" else "[]")
            self.say(checks.WRONG_TYPE, node, f"{label} has no value", f"leave {label} out, or "
                     f"write {nothing} to mean none")
            return False
        shown = _SHOWN.get(node.kind) or (
            f"the text {node.text!r}" if isinstance(node.value, str) else reads_as(node.value))
        how = (f"write [{node.text}]" if kind == "list" and isinstance(node.value, str)
               else "write `key: value` lines below it" if kind == "mapping"
               else "write its items as `- item` lines")
        self.say(checks.WRONG_TYPE, node, f"{label} must be {_SHOWN[kind]}, not {shown}", how)
        return False

    def _not_a_scalar(self, node: Node, label: str, meant: str) -> None:
        self.say(checks.WRONG_TYPE, node, f"{label} must be {meant}, not {_SHOWN[node.kind]}",
                 "write one value after the colon" if not label.startswith("an item")
                 else "write one value an item")


def _without_value(label: str) -> str:
    return f"give {label} a value, or leave it out"


def _one_of(allowed: tuple[str, ...]) -> str:
    return allowed[0] if len(allowed) == 1 else f"one of {', '.join(allowed)}"
