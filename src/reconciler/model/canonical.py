"""Canonical JSON: the one text of a value, which digests and hashes are made of.

Keys are sorted, nothing is blank, and all of Unicode stands for itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from json import encoder
from typing import Any, Final


def _encoder() -> Callable[[Any], str]:
    # What JSONEncoder makes anew for every value costs a third of writing a small one; it is made
    # once, of the same parts. Interpreters without the C encoder take the ordinary way.
    parts: Any = encoder
    try:
        write = parts.c_make_encoder(
            None, _refuse, parts.encode_basestring, None, ":", ",", True, False, True)
    except TypeError:  # pragma: no cover
        return json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode
    join = "".join
    return lambda value: join(write(value, 0))


def _refuse(value: object) -> Any:
    raise TypeError(f"{type(value).__name__} is no JSON value")


canonical: Final = _encoder()
"""A value of dicts, lists, texts, numbers, booleans and None, none of which holds itself, as
canonical JSON. Raises TypeError for any other."""
