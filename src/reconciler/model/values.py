"""Immutable building blocks shared by every noun."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from typing import Any, Final, NoReturn, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class FrozenMap(dict[K, V]):
    """A dict that refuses to change: as fast to read as a dict, safe inside a frozen value."""

    __slots__ = ()

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError("a FrozenMap does not change; build another one")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def __copy__(self) -> FrozenMap[K, V]:
        return self

    def __deepcopy__(self, memo: object) -> FrozenMap[K, V]:
        return self

    def __reduce__(self) -> tuple[type[FrozenMap[K, V]], tuple[dict[K, V]]]:
        return (type(self), (dict(self),))

    def having(self, key: K, value: V) -> FrozenMap[K, V]:
        """The same map with one entry set."""
        return FrozenMap({**self, key: value})

    def without(self, key: K) -> FrozenMap[K, V]:
        """The same map with one entry gone; a key that is not there changes nothing."""
        return FrozenMap({k: v for k, v in self.items() if k != key})


NO_ENTRIES: Final[FrozenMap[Any, Any]] = FrozenMap()


def frozen_map(entries: Mapping[K, V] | Iterable[tuple[K, V]] = ()) -> FrozenMap[K, V]:
    """A FrozenMap of these entries; the empty one is shared."""
    made = FrozenMap(entries)
    return made if made else NO_ENTRIES


class Unset(enum.Enum):
    """The third thing beside a value and null: the field is not stated, so it is not managed."""

    UNSET = "unset"

    def __repr__(self) -> str:
        return "UNSET"


UNSET: Final = Unset.UNSET
