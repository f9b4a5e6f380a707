"""The published schema is the one of the code, and refuses what the code refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.desired.explain import explain as explain_nodes
from reconciler.desired.format import MISPLACED
from reconciler.desired.nodes import read_nodes
from reconciler.desired.schema import explain, org_schema, schema_text
from reconciler.desired.shape import fits
from tests.desired.test_corpus import CORPUS

ROOT = Path(__file__).parent.parent.parent
SCHEMA = org_schema()


def documents() -> list[tuple[str, Any]]:
    """Every file of the corpus and the example that is YAML at all, as plain values."""
    found = []
    for path in [*sorted(CORPUS.glob("**/*.yaml")), ROOT / "examples" / "org.yaml"]:
        root = read_nodes(path.name, path.read_bytes()).root
        if root is not None:
            found.append((str(path.relative_to(ROOT)), root.plain()))
    return found


def test_the_published_schema_is_generated_from_the_documents() -> None:
    assert (ROOT / "schemas" / "org.schema.json").read_text() == schema_text(SCHEMA)


def test_every_property_of_the_schema_is_described() -> None:
    for name, definition in [("file", SCHEMA), *SCHEMA["$defs"].items()]:
        assert definition["description"], name
        for key, field in definition["properties"].items():
            assert "description" in field or "$ref" in field, f"{name}.{key}"


@pytest.mark.parametrize(("name", "document"), documents(), ids=lambda v: v if isinstance(
    v, str) else "")
def test_schema_and_loading_accept_and_refuse_the_same_files(name: str, document: Any) -> None:
    assert (explain(document, SCHEMA) == []) is fits(document)


def test_the_corpus_has_files_of_a_right_and_of_a_wrong_shape() -> None:
    assert {fits(document) for _, document in documents()} == {True, False}


ROLES = st.sampled_from(["viewer", "admin", "user", "owner", "", None, True])
TEXTS = st.sampled_from(["a", "web", "no", "1", "", None, False])
NAMES = st.one_of(TEXTS, st.lists(TEXTS, max_size=2), st.just({}))
GRANTS = st.dictionaries(st.sampled_from(["web", "app"]), st.one_of(
    ROLES, st.fixed_dictionaries({}, optional={
        "role": ROLES, "reason": TEXTS, "until": TEXTS})), max_size=2)
MEMBERS = st.one_of(st.none(), TEXTS, st.fixed_dictionaries({}, optional={
    "name": TEXTS, "role": ROLES, "team": TEXTS, "groups": NAMES, "projects": GRANTS,
    "default_project": NAMES, "team_spaces": NAMES, "rolle": ROLES}))
PEOPLE = st.dictionaries(st.sampled_from(["a@a.example", "b@a.example"]), MEMBERS, max_size=2)
DEPARTURES = st.dictionaries(st.just("c@a.example"), st.one_of(
    TEXTS, st.fixed_dictionaries({}, optional={
        "transfer_content_to": TEXTS, "leave_content": st.sampled_from(["unassigned", "x"]),
        "reason": TEXTS})), max_size=1)
FILES = st.fixed_dictionaries(
    {"apiVersion": st.sampled_from(["reconciler/v1"] * 9 + ["v2"])},
    optional={
        "organization": st.just("acme"), "tier": st.sampled_from(["plus", "gold", None]),
        "settings": st.one_of(NAMES, st.fixed_dictionaries({}, optional={
            "sso": st.sampled_from([True, False, "true", None, "x"]),
            "receiver_access": st.sampled_from(["warn", "no", True])})),
        "include": NAMES, "manage": st.dictionaries(
            st.sampled_from(["members", "people"]), st.sampled_from(["ignore", "off", True])),
        "projects": st.one_of(NAMES, st.just({"web": {"name": "Web"}, "app": None})),
        "teams": NAMES, "groups": st.one_of(NAMES, st.dictionaries(
            st.just("a"), st.fixed_dictionaries({}, optional={
                "description": TEXTS, "projects": GRANTS, "team_spaces": NAMES}))),
        "defaults": MEMBERS, "members": st.one_of(NAMES, PEOPLE), "departures": DEPARTURES,
        "domain_migration": st.just({}),
    })


@settings(max_examples=300, deadline=None)
@given(FILES)
def test_schema_validation_and_explanation_agree_on_any_document(document: Any) -> None:
    # JSON is YAML, so the explanations see the same document with positions.
    root = read_nodes("org.yaml", json.dumps(document).encode()).root
    said = [f for f in explain_nodes("org.yaml", root, is_root=False) if f.rule != MISPLACED.id]
    fine = fits(document)
    assert (explain(document, SCHEMA) == []) is fine
    assert (said == []) is fine, said
