"""The door of ruamel.yaml: where in a text each key and value begins and ends.

ruamel.yaml, because its marks are offsets into the text as it stands, whatever its line breaks,
and it knows the anchors. It is slow, so it is asked about the few lines that an edit is about; what
is longer and plain is read by libyaml, whose marks are the same. Neither ever writes: edits are
splices of the text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Literal

LONG: Final = 10_000
"""Characters from which on a text is read by libyaml where it can be."""


class Unplaceable(Exception):
    """These lines cannot be read by themselves (an alias of an anchor elsewhere, say)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """One value: `start` and `end` are offsets into the whole text.

    `style` is the quote or block mark of a scalar. `flow`: written in braces or brackets.
    `shared`: an alias, or what has an anchor: changing it would change more than this place.
    """

    kind: Literal["scalar", "mapping", "list"]
    start: int
    end: int
    text: str = ""
    style: str = ""
    flow: bool = False
    shared: bool = False
    pairs: tuple[Pair, ...] = ()
    items: tuple[Spot, ...] = field(default=())

    @property
    def nothing(self) -> bool:
        """Nothing is written at all."""
        return self.kind == "scalar" and self.start == self.end and not self.shared

    @property
    def null(self) -> bool:
        """Null, written or not."""
        return self.nothing or (
            self.kind == "scalar" and not self.style and self.text.lower() in ("", "~", "null"))

    @property
    def empty(self) -> bool:
        """A mapping or list without anything in it."""
        return self.kind != "scalar" and not self.shared and not self.pairs and not self.items

    def pair(self, key: str) -> Pair | None:
        """The entry of a mapping."""
        return next((p for p in self.pairs if p.key.text == key), None)


@dataclass(frozen=True, slots=True)
class Pair:
    """One entry of a mapping. `colon` is the offset behind its colon."""

    key: Spot
    value: Spot
    colon: int


def read_spots(text: str, start: int = 0, end: int | None = None) -> Spot | None:
    """The spots of text[start:end], which is YAML by itself; None where nothing is in it.

    Raises Unplaceable.
    """
    part = text[start:end]
    root = _plain_root(part) if len(part) >= LONG else None
    if root is None:
        root = _root(part)
    return None if root is None else _spot(root, text, start, start)


def _root(part: str) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        reader: Any = YAML()
        return reader.compose(part)
    except (YAMLError, ValueError) as wrong:
        raise Unplaceable(str(wrong)) from None


def _plain_root(part: str) -> Any:
    """The nodes as libyaml has them; None where it is not there, where it could have more to say
    (an anchor, a tag, a byte order mark, a line break that counts as two characters), or anything
    is wrong."""
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", None)
    if loader is None or any(mark in part for mark in "&*!\r\ufeff"):
        return None
    try:
        return loader(part).get_single_node()
    except (yaml.YAMLError, ValueError):
        return None


def _spot(node: Any, text: str, shift: int, after: int) -> Spot:
    """A node as a spot. What begins before `after` stands elsewhere: it is an alias."""
    start, end = node.start_mark.index + shift, node.end_mark.index + shift
    if start < after:
        at = _skip_blanks(text, after)
        stop = at
        while stop < len(text) and text[stop] not in " \t\r\n,]}":
            stop += 1
        return Spot(kind="scalar", start=at, end=stop, shared=True)
    shared = getattr(node, "anchor", None) is not None
    if node.id == "scalar":
        style = node.style or ""
        if style in ("|", ">"):
            end = _trimmed(text, start, end)
        # ruamel.yaml marks the breaks that were folded.
        value = node.value.replace("\a", "") if style == ">" else node.value
        return Spot(kind="scalar", start=start, end=end, text=value, style=style, shared=shared)
    flow = bool(node.flow_style)
    if node.id == "mapping":
        pairs = tuple(_pairs(node.value, text, shift, start))
        end = end if flow or not pairs else pairs[-1].value.end
        return Spot(kind="mapping", start=start, end=end, flow=flow, shared=shared, pairs=pairs)
    items = []
    at = start
    for child in node.value:
        item = _spot(child, text, shift, _past_dash(text, at, flow=flow))
        items.append(item)
        at = item.end
    end = end if flow or not items else items[-1].end
    return Spot(kind="list", start=start, end=end, flow=flow, shared=shared, items=tuple(items))


def _pairs(children: Any, text: str, shift: int, start: int) -> Any:
    at = start
    for key_node, value_node in children:
        key = _spot(key_node, text, shift, at)
        colon = _skip_blanks(text, key.end)
        if text[colon:colon + 1] != ":" or key.kind != "scalar":
            raise Unplaceable("a key that is no `key:`")
        value = _spot(value_node, text, shift, colon + 1)
        if value.nothing or (value.kind == "scalar" and value.start == value.end
                             and not value.shared):
            # Where nothing is written, the mark is anywhere up to the next thing.
            value = Spot(kind="scalar", start=colon + 1, end=colon + 1)
        yield Pair(key, value, colon + 1)
        at = value.end


def _skip_blanks(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t":
        at += 1
    return at


def _past_dash(text: str, at: int, *, flow: bool) -> int:
    """Where the next item of a list may begin: an alias there has no mark of its own."""
    while True:
        at = _past_comment(text, at)
        if text[at:at + 1] not in (("[", ",") if flow else ("-",)):
            return at
        at += 1


def _past_comment(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n#":
        if text[at] == "#":
            at = text.find("\n", at)
            if at < 0:
                return len(text)
        else:
            at += 1
    return at


def _trimmed(text: str, start: int, end: int) -> int:
    """The end of a block scalar without the breaks and blanks after its last line."""
    while end > start and text[end - 1] in " \t\r\n":
        end -= 1
    return end
