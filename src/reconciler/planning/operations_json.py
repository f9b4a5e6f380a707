"""Operations as JSON and back: `kind` and the fields of the operation, lists sorted."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, get_type_hints

from reconciler.model.email import Email
from reconciler.model.operations import OPERATION_OF_KIND, Operation
from reconciler.model.organization import Access, ContentItem, ContentKind
from reconciler.model.roles import Role
from reconciler.model.values import FrozenMap, frozen_map

Json = dict[str, Any]


def to_document(operation: Operation) -> Json:
    """An operation as plain JSON values."""
    made: Json = {"kind": operation.kind}
    for name in _field_names(type(operation)):
        made[name] = _encoded(getattr(operation, name))
    return made


def from_document(document: Json) -> Operation:
    """The operation that a (validated) document means. Raises KeyError, TypeError or ValueError
    where the document is none."""
    cls = OPERATION_OF_KIND[document["kind"]]
    values = {name: decode(document[name]) for name, decode in _decoders(cls)}
    return cls(**values)


def _encoded(value: Any) -> Any:
    if isinstance(value, FrozenMap):
        return {key: str(value[key]) for key in sorted(value)}
    if isinstance(value, frozenset):
        return sorted(str(v) for v in value)
    if isinstance(value, (Access, ContentItem)):
        return {f: _encoded(getattr(value, f)) for f in _field_names(type(value))}
    if isinstance(value, str):
        return str(value)
    return value


_NAMES: dict[type[Any], tuple[str, ...]] = {}
_DECODERS: dict[type[Any], tuple[tuple[str, Callable[[Any], Any]], ...]] = {}


def _field_names(cls: type[Any]) -> tuple[str, ...]:
    if cls not in _NAMES:
        _NAMES[cls] = tuple(f.name for f in dataclasses.fields(cls))
    return _NAMES[cls]


def _decoders(cls: type[Any]) -> tuple[tuple[str, Callable[[Any], Any]], ...]:
    if cls not in _DECODERS:
        hints = get_type_hints(cls)
        _DECODERS[cls] = tuple((name, _decoder(hints[name])) for name in _field_names(cls))
    return _DECODERS[cls]


def _decoder(hint: Any) -> Callable[[Any], Any]:
    if hint == FrozenMap[str, Role]:
        return lambda value: frozen_map((k, Role(v)) for k, v in value.items())
    if hint == frozenset[str]:
        return frozenset
    if hint == frozenset[ContentKind]:
        return lambda value: frozenset(ContentKind(v) for v in value)
    if hint is Role:
        return Role
    if hint is Access:
        return _decode_access
    if hint in (str, Email, Email | None, str | None, str | bool):
        return lambda value: value
    raise TypeError(f"no JSON form for {hint!r}")


def _decode_access(value: Json) -> Access:
    return Access(**{name: decode(value[name]) for name, decode in _decoders(Access)})
