"""HTML out of elements: whatever is not an element already is text from data, and escaped.

The standard library and this module are all of the templating there is: a page is functions of a
view, so no template can forget to escape.
"""

from __future__ import annotations

import re
from typing import Final

from reconciler.reports.escape import for_html

_VOID: Final = frozenset({"meta", "input", "br", "hr"})
_UNENDED: Final = frozenset({"li"})
"""Elements that end by themselves, where the next one or their parent's end comes: in a report of
ten thousand changes their end tags would be a tenth of all."""
_BARE: Final = re.compile(r"[A-Za-z0-9_#-]+\Z")
"""Values that need no quotes."""


class Markup(str):
    """HTML that is an element already."""

    __slots__ = ()


Child = str | None
Attribute = str | int | bool | None


def el(name: str, *children: Child, **attributes: Attribute) -> Markup:
    """An element. An attribute's `_` is written `-`, one at its end is for Python's sake; True is
    an attribute without a value, None and False are none. A child None is none."""
    start = name if not attributes else name + "".join(
        [_attribute(key, value) for key, value in attributes.items()
         if value is not None and value is not False])
    if name in _VOID:
        return Markup(f"<{start}>")
    end = "" if name in _UNENDED else f"</{name}>"
    return Markup(f"<{start}>{joined(*children)}{end}")


def joined(*children: Child) -> Markup:
    """Elements and escaped texts, one after the other."""
    return Markup("".join([
        child if isinstance(child, Markup) else for_html(child)
        for child in children if child is not None]))


def raw_element(name: str, content: str) -> Markup:
    """A style or script of our own, in which nothing is escaped: it never holds data."""
    if "</" in content:
        raise ValueError(f"the {name} would end before its end")
    return Markup(f"<{name}>{content}</{name}>")


def _attribute(key: str, value: Attribute) -> str:
    name = key.rstrip("_").replace("_", "-")
    if value is True:
        return f" {name}"
    text = str(value)
    return f" {name}={text}" if _BARE.match(text) else f' {name}="{for_html(text)}"'
