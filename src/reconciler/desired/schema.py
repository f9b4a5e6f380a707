"""The JSON Schema of the desired state, generated from the documents, for editors and for others
who write these files by program. The only place that knows jsonschema."""

from __future__ import annotations

import json
from typing import Any, Final

SCHEMA_ID: Final = "urn:reconciler:schema:org:v1"
POLICY_SCHEMA_ID: Final = "urn:reconciler:schema:policy:v1"
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def org_schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of one file of the desired state."""
    from pydantic import TypeAdapter

    from reconciler.desired.documents import OrgDocument

    made = TypeAdapter(OrgDocument).json_schema()
    return {
        "$schema": _DIALECT, "$id": SCHEMA_ID, **_without_titles(made),
        "title": "Desired state of an organization",
    }


def policy_schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of policy.yaml."""
    from pydantic import TypeAdapter

    from reconciler.desired.policy_documents import PolicyDocument

    made = TypeAdapter(PolicyDocument).json_schema()
    return {
        "$schema": _DIALECT, "$id": POLICY_SCHEMA_ID, **_without_titles(made),
        "title": "Policy of an organization",
    }


def schema_text(schema: dict[str, Any]) -> str:
    """A schema as it is published: indented, with a line break at its end."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def explain(document: Any, schema: dict[str, Any]) -> list[str]:
    """What a JSON Schema has against a document, as `path: message`, sorted; empty where it is
    valid."""
    import jsonschema

    validator = jsonschema.Draft202012Validator(schema)
    return sorted(
        f"{'/'.join(map(str, error.absolute_path)) or '.'}: {error.message}"
        for error in validator.iter_errors(document))


def _without_titles(value: Any) -> Any:
    """Titles that pydantic makes of field names say nothing; a property called title would stay."""
    if isinstance(value, list):
        return [_without_titles(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: ({name: _without_titles(inner) for name, inner in item.items()}
              if key in ("properties", "$defs") else _without_titles(item))
        for key, item in value.items() if key != "title"
    }
