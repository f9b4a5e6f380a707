"""Lines of a text, by offsets into it."""

from __future__ import annotations


def line_start(text: str, at: int) -> int:
    """Where the line of an offset begins."""
    return text.rfind("\n", 0, at) + 1


def line_end(text: str, at: int) -> int:
    """Where the line of an offset ends, its break included."""
    return text.find("\n", at) + 1 or len(text)


def column(text: str, at: int) -> int:
    """How far an offset is from the beginning of its line."""
    return at - line_start(text, at)


def own_end(text: str, at: int, key_column: int) -> int:
    """Where the lines end that belong to an entry whose value ends at `at`: its line, and the
    comments below that are indented deeper than its key."""
    at = end = line_end(text, at)
    while at < len(text):
        stop = line_end(text, at)
        line = text[at:stop]
        bare = line.lstrip(" ")
        if bare.startswith("#") and len(line) - len(bare) > key_column:
            end = stop
        elif line.strip():
            break
        at = stop
    return end


def first_difference(before: str, after: str) -> int:
    """The number of the first line of a text that becomes another one; 0 where none does."""
    if before == after:
        return 0
    old, new = before.split("\n"), after.split("\n")
    both = enumerate(zip(old, new, strict=False), 1)
    return next((number for number, (was, becomes) in both if was != becomes),
                min(len(old), len(new)))
