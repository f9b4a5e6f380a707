"""Canonical JSON is exactly what Python's own encoder writes, whoever writes it."""

from __future__ import annotations

import json
from json import encoder
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model import canonical as module
from reconciler.model.canonical import canonical
from reconciler.model.roles import Role
from reconciler.model.values import FrozenMap

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(Role),
    lambda inner: (st.lists(inner) | st.dictionaries(st.text(), inner)
                   | st.dictionaries(st.text(), inner).map(FrozenMap)))


def written(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@given(VALUES)
def test_a_value_has_the_text_that_json_itself_gives_it(value: Any) -> None:
    assert canonical(value) == written(value)


@given(VALUES)
def test_an_interpreter_without_the_c_encoder_gives_the_same_text(value: Any) -> None:
    known = encoder.c_make_encoder
    encoder.c_make_encoder = None
    try:
        assert module._encoder()(value) == written(value)
    finally:
        encoder.c_make_encoder = known


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(TypeError, match="frozenset is no JSON value"):
        canonical({"groups": frozenset({"analysts"})})
