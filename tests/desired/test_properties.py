"""Whatever stands in the files: a state, or a refusal with findings. Never a crash."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reconciler.desired.judge import validate
from reconciler.desired.nodes import read_nodes
from reconciler.desired.source import parse_source
from reconciler.desired.stream import MAX_DEPTH
from reconciler.model.errors import InvalidInput, LimitExceeded, Refused
from reconciler.model.finding import Finding
from tests.desired.test_corpus import CORPUS
from tests.desired.test_load import EXAMPLE

SEEDS = [p.read_bytes() for p in [EXAMPLE, *sorted(CORPUS.glob("*/*.yaml"))]]
SNIPPETS = [b"&a ", b"*a", b"!!x ", b"\t", b"---\n", b"? ", b"- ", b": ", b"{", b"}", b"[", b"]",
            b"'", b'"', b"|\n", b"#", b"\x00", b"\xff", b"\xe2\x80\xae", b"<<: *a\n", b"~", b"no",
            b"\r", b"\n", b"  ", b"%YAML 9.9\n", b"...\n", b"2027-01-31", b"\\u0000", b"members:\n"]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A real file with a few of its bytes cut out, doubled or replaced."""
    data = draw(st.sampled_from(SEEDS))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        to = min(len(data), at + draw(st.integers(0, 20)))
        data = data[:at] + draw(st.one_of(
            st.sampled_from(SNIPPETS), st.just(data[at:to] * 2), st.binary(max_size=4))) + data[to:]
    return data


def outcome(data: bytes) -> tuple[Finding, ...]:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "org.yaml").write_bytes(data)
        try:
            return validate(folder).findings
        except (InvalidInput, Refused, LimitExceeded) as refused:
            assert refused.findings
            return refused.findings


@settings(max_examples=400, deadline=None)
@given(mutated())
@example(b"")
@example(b"\x00")
@example(b"a: &a [*a, *a]")
@example(b"? {a: b}\n: c\n")
@example(b"apiVersion: reconciler/v1\norganization: acme\nmembers: {? [a] : b}\n")
def test_a_damaged_file_is_refused_with_places_or_loads(data: bytes) -> None:
    for finding in outcome(data):
        assert finding.what
        assert finding.location is not None


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_refused_or_loads(text: str) -> None:
    outcome(text.encode(errors="surrogateescape") if text.isascii() else text.encode(
        errors="replace"))


@settings(max_examples=200, deadline=None)
@given(mutated())
def test_the_same_bytes_get_the_same_findings(data: bytes) -> None:
    assert outcome(data) == outcome(data)


class LeavesDays(yaml.SafeLoader):
    """PyYAML's own reading, but for days: only `until` takes one, and keeps it as it is written."""

    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in known if not tag.endswith(":timestamp")]
        for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()}


@settings(max_examples=200, deadline=None)
@given(mutated())
@example(b"""\
apiVersion: reconciler/v1
organization: acme
groups: {devs: {}}
members:
  ada@acme.example: {role: admin, until: 2027-01-31, groups: [{group: &a devs, until: 2027-01-31}]}
""")
def test_the_fast_way_and_the_careful_way_read_the_same(data: bytes) -> None:
    source = parse_source("org.yaml", data, is_root=True)
    if not source.findings:
        root = read_nodes("org.yaml", data).root
        assert root is not None
        assert root.plain() == source.parsed.document == yaml.load(data, LeavesDays)


ORGANIZATION = {
    "apiVersion": "reconciler/v1", "organization": "acme", "tier": "enterprise",
    "settings": {"project_level_permissions": True, "sso": False},
    "projects": {"web": {"name": "Web"}, "app": None}, "team_spaces": {"growth": {}},
    "teams": ["Data", "Sales"],
    "groups": {"a": {"projects": {"web": "viewer", "app": "member"}}, "b": {}, "c": None},
    "defaults": {"groups": ["a", "b"], "role": "user"},
    "members": {
        "ada@acme.example": {"role": "admin", "team": "Data", "groups": ["a", "b", "c"]},
        "sam@acme.example": {"projects": {"web": "manager", "app": "admin"}},
        "kim@acme.example": None,
    },
    "departures": {"bob@acme.example": {"transfer_content_to": "ada@acme.example"},
                   "eve@acme.example": {"leave_content": "unassigned", "reason": "None"}},
}


def shuffled(value: Any, random: Random) -> Any:
    """The same mappings and lists in another order."""
    if isinstance(value, dict):
        pairs = [(key, shuffled(inner, random)) for key, inner in value.items()]
        random.shuffle(pairs)
        return dict(pairs)
    if isinstance(value, list):
        return random.sample(value, len(value))
    return value


def declared(document: Any) -> Any:
    """What a document declares, without its places."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "org.yaml").write_text(json.dumps(document))
        state = validate(folder)

    def plain(entries: dict[Any, Any]) -> dict[Any, Any]:
        return {key: replace(entry, line=0) for key, entry in entries.items()}

    return (state.organization, state.settings, state.manage, plain(state.projects),
            plain(state.spaces), set(state.teams), plain(state.groups), plain(state.members),
            plain(state.departures), state.findings)


@settings(max_examples=40, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_keys_and_lists_never_matters(random: Random) -> None:
    assert declared(shuffled(ORGANIZATION, random)) == declared(ORGANIZATION)


@pytest.mark.parametrize("nest", [b"[", b"{a: ", b"- ", b"? "])
def test_nesting_without_end_is_refused(nest: bytes) -> None:
    (finding,) = outcome(b"teams: " + nest * 50_000)[:1]
    assert finding.rule in ("F18", "F03")


def test_the_deepest_real_value_is_far_from_the_limit() -> None:
    root = read_nodes("org.yaml", EXAMPLE.read_bytes()).root
    assert root is not None
    assert root.height * 2 < MAX_DEPTH


def test_expanding_aliases_costs_no_time() -> None:
    lines = ["l0: &l0 [x, x]"] + [
        f"l{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 9)}]" for i in range(1, 14)]
    assert [f.rule for f in outcome("\n".join(lines).encode())] == ["F16"]
