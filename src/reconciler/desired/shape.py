"""Bulk validation of plain values against the documents, with pydantic."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from reconciler.desired.documents import MemberDocument, OrgDocument

_BATCH = 5_000


@cache
def _adapter() -> TypeAdapter[OrgDocument]:
    return TypeAdapter(OrgDocument)


@cache
def _members() -> TypeAdapter[dict[str, MemberDocument | None]]:
    return TypeAdapter(dict[str, MemberDocument | None])


def fits(document: Any) -> bool:
    """Whether plain values have the shape of a file."""
    return shape_problem(document) is None


def shape_problem(document: Any) -> ValidationError | None:
    """What pydantic has to say about a document; None where it is well formed.

    Members are validated in batches: pydantic copies what it validates, and a hundred thousand
    members need not exist twice.
    """
    try:
        members = document.get("members") if isinstance(document, dict) else None
        if not isinstance(members, dict) or len(members) <= _BATCH:
            _adapter().validate_python(document)
            return None
        _adapter().validate_python({**document, "members": {}})
        batch: dict[str, Any] = {}
        for key, value in members.items():
            batch[key] = value
            if len(batch) == _BATCH:
                _members().validate_python(batch)
                batch = {}
        _members().validate_python(batch)
    except ValidationError as wrong:
        return wrong
    return None
