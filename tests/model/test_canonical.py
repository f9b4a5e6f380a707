"""Canonical JSON is exactly what Python's own encoder writes: digests outlive any library."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.canonical import canonical, canonical_text
from reconciler.model.roles import Role
from reconciler.model.values import FrozenMap

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2**63, 2**63 - 1) | st.text()
    | st.sampled_from(Role),
    lambda inner: (st.lists(inner) | st.dictionaries(st.text(), inner)
                   | st.dictionaries(st.text(), inner).map(FrozenMap)))


@dataclass
class Pair:
    left: int


@given(VALUES)
def test_a_value_has_the_text_that_json_itself_gives_it(value: Any) -> None:
    written = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert canonical_text(value) == written
    assert canonical(value) == written.encode()


@pytest.mark.parametrize("value", [
    frozenset({"analysts"}), Pair(1), datetime(2026, 6, 1, tzinfo=UTC), b"bytes", 2**64, {1: "x"},
    "half a character: \ud800",
], ids=lambda value: type(value).__name__)
def test_what_is_no_json_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        canonical({"groups": value})
