"""The identity of a person: an email address, normalised once (R01)."""

from __future__ import annotations

import re
import unicodedata
from typing import Final, NewType

Email = NewType("Email", str)
"""A normalised email address: trimmed, NFC, lower-cased."""

MAX_EMAIL_LENGTH: Final = 254
_PLAIN = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@"
                    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])")
_PLAIN_MATCH = _PLAIN.fullmatch
_ATOM_SPECIALS = set("()<>[]:;@\\,\"")

# Letters of other scripts, and digits, that a reader takes for a Latin letter.
_LOOK_ALIKES: Final = str.maketrans({
    "0": "o", "1": "l", "|": "l",
    "а": "a", "е": "e", "о": "o", "р": "p", "с": "c", "у": "y", "х": "x", "і": "i", "ј": "j",
    "ѕ": "s", "ԁ": "d", "һ": "h", "к": "k", "м": "m", "т": "t", "в": "b", "н": "h", "ԛ": "q",
    "ԝ": "w", "ѵ": "v", "ё": "e",
    "α": "a", "ο": "o", "ν": "v", "ι": "i", "κ": "k", "ρ": "p", "τ": "t", "υ": "u", "χ": "x",
    "ε": "e", "η": "n", "γ": "y",
    "ı": "i", "ɑ": "a", "ɡ": "g", "ℓ": "l", "ӏ": "l",
})


def domain_of(email: str) -> str:
    """What stands after the @."""
    return email.rpartition("@")[2]


def normalize_domain(text: str) -> str:
    """The one form of the domain of addresses: trimmed, NFC, lower-cased. Raises InvalidEmail."""
    if "@" in text:
        raise InvalidEmail("a domain is what stands after the @")
    return domain_of(normalize_email(f"x@{text.strip()}"))


class InvalidEmail(ValueError):
    """A text that is no email address; the message says what is wrong with it."""


def normalize_email(text: str) -> Email:
    """The one form of an address: trimmed, NFC, lower-cased. Raises InvalidEmail (R01)."""
    # Nearly every address is plain ASCII in its final form already: one match decides.
    if len(text) <= MAX_EMAIL_LENGTH and _PLAIN_MATCH(text):
        return Email(text)
    # Lower-casing can leave letters apart that compose, so NFC comes last as well as first.
    normal = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text.strip()).lower())
    problem = _problem(normal)
    if problem:
        raise InvalidEmail(problem)
    return Email(normal)


def hidden_character(text: str) -> str | None:
    """The first invisible, bidirectional or control character as `U+XXXX NAME`, or None."""
    if text.isascii() and text.isprintable():
        return None
    for character in text:
        category = unicodedata.category(character)
        if category in {"Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"} or (
            category == "Zs" and character != " "
        ) or character in "\u115f\u1160\u3164\uffa0\u2800\u034f":
            name = unicodedata.name(character, "CONTROL CHARACTER")
            return f"U+{ord(character):04X} {name}"
    return None


def look_alike_key(text: str) -> str:
    """A key that is the same for texts a reader cannot tell apart."""
    folded = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return folded.translate(_LOOK_ALIKES).replace("rn", "m").replace("vv", "w")


def _problem(normal: str) -> str | None:
    if not normal:
        return "it is empty"
    hidden = hidden_character(normal)
    if hidden:
        return f"it holds the hidden character {hidden}"
    if len(normal.encode()) > MAX_EMAIL_LENGTH:
        return f"it is longer than {MAX_EMAIL_LENGTH} bytes"
    local, at, domain = normal.rpartition("@")
    if not at:
        return "it has no @"
    if not local:
        return "nothing stands before the @"
    if any(c.isspace() or c in _ATOM_SPECIALS for c in local):
        return "the part before the @ holds a blank or a special character"
    if local.startswith(".") or local.endswith(".") or ".." in local:
        return "the part before the @ has a dot where none may be"
    labels = domain.split(".")
    if len(labels) < 2:
        return "the domain has no dot"
    if any(not _label_ok(label) for label in labels) or labels[-1].isdigit():
        return "the domain is not a valid host name"
    return None


def _label_ok(label: str) -> bool:
    if not label or len(label) > 63 or label.startswith("-") or label.endswith("-"):
        return False
    # Vowel signs and the like (M) belong to a letter before them.
    kinds = [unicodedata.category(c)[0] for c in label]
    return kinds[0] != "M" and all(
        kind in "LNM" or c == "-" for c, kind in zip(label, kinds, strict=True))
