"""Operations as JSON and back: `kind` and the fields of the operation, lists sorted."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, get_type_hints

from reconciler.model.email import Email
from reconciler.model.operations import OPERATION_OF_KIND, Operation
from reconciler.model.organization import Access, ContentKind
from reconciler.model.policy import Policy
from reconciler.model.policy import from_document as policy_from
from reconciler.model.policy import to_document as policy_document
from reconciler.model.roles import Role
from reconciler.model.values import FrozenMap, frozen_map

Json = dict[str, Any]
Encode = Callable[[Any], Any]
Decode = Callable[[Any], Any]


def to_document(operation: Operation) -> Json:
    """An operation as plain JSON values."""
    return {"kind": operation.kind, **_encoded(operation)}


def from_document(document: Json) -> Operation:
    """The operation that a (validated) document means. Raises KeyError, TypeError or ValueError
    where the document is none."""
    cls = OPERATION_OF_KIND[document["kind"]]
    values = {name: decode(document[name]) for name, decode in _form(cls).decoders}
    return cls(**values)


@dataclasses.dataclass(frozen=True, slots=True)
class _Form:
    """How the fields of one class go to JSON (None: as they are) and come back."""

    encoders: tuple[tuple[str, Encode | None], ...]
    decoders: tuple[tuple[str, Decode], ...]


_FORMS: dict[type[Any], _Form] = {}


def _form(cls: type[Any]) -> _Form:
    if cls not in _FORMS:
        hints = get_type_hints(cls)
        names = [f.name for f in dataclasses.fields(cls)]
        _FORMS[cls] = _Form(
            encoders=tuple((name, _codec(hints[name])[0]) for name in names),
            decoders=tuple((name, _codec(hints[name])[1]) for name in names))
    return _FORMS[cls]


def _codec(hint: Any) -> tuple[Encode | None, Decode]:
    if hint == FrozenMap[str, Role]:
        return _sorted_map, lambda value: frozen_map((k, Role(v)) for k, v in value.items())
    if hint == frozenset[str]:
        return sorted, frozenset
    if hint == frozenset[ContentKind]:
        return sorted, lambda value: frozenset(ContentKind(v) for v in value)
    if hint is Role:
        return None, Role
    if hint is Access:
        return _encoded, _decode_access
    if hint is Policy:
        return policy_document, policy_from
    if hint in (str, int, bool, Email, Email | None, str | None, str | bool):
        return None, lambda value: value
    raise TypeError(f"no JSON form for {hint!r}")


def _sorted_map(value: FrozenMap[str, Role]) -> Json:
    return {key: value[key] for key in sorted(value)}


def _encoded(value: Any) -> Json:
    """The fields of an operation or of an access."""
    made: Json = {}
    for name, encode in _form(type(value)).encoders:
        field = getattr(value, name)
        made[name] = field if encode is None else encode(field)
    return made


def _decode_access(value: Json) -> Access:
    return Access(**{name: decode(value[name]) for name, decode in _form(Access).decoders})
