"""The format checks F01..: what a file of the desired state can get wrong before any rule is asked.

One catalogue: code, messages, tests and docs cite these ids. All of them mean exit code 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from reconciler.model.finding import Finding, Location


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatCheck:
    """One check of the format: its id, its name, and what it asks for."""

    id: str
    name: str
    says: str

    def found(
        self, location: Location | None, what: str, how: str, *, subject: str = ""
    ) -> Finding:
        """A violation of this check."""
        return Finding(rule=self.id, what=what, how=how, subject=subject, location=location)


def _check(id_: str, name: str, says: str) -> FormatCheck:
    return FormatCheck(id=id_, name=name, says=says)


UNREADABLE: Final = _check("F01", "unreadable", "Every file exists and can be read.")
ENCODING: Final = _check("F02", "encoding", "A file is UTF-8.")
SYNTAX: Final = _check("F03", "syntax", "A file is YAML.")
DUPLICATE_KEY: Final = _check(
    "F04", "duplicate-key", "A key is stated once, in one file and over all of them.")
UNKNOWN_KEY: Final = _check("F05", "unknown-key", "Only keys of the format are used.")
WRONG_TYPE: Final = _check(
    "F06", "wrong-type", "A value has the type that its key asks for: text, true or false, a list, "
    "a mapping.")
MISREAD: Final = _check(
    "F07", "misread-text", "Text that YAML reads as something else (no, on, 2027-01-31, 007) is "
    "quoted.")
UNKNOWN_VALUE: Final = _check(
    "F08", "unknown-value", "A value of a closed set is one of that set.")
MISSING_KEY: Final = _check("F09", "missing-key", "Keys that are required are there.")
INCLUDE: Final = _check(
    "F11", "include", "An include stays in the directory of the root file, matches something, and "
    "names no file twice.")
HIDDEN_CHARACTER: Final = _check(
    "F12", "hidden-character", "Names and emails hold no invisible, bidirectional or control "
    "characters.")
TAB: Final = _check("F13", "tab", "No tabs.")
DOCUMENTS: Final = _check("F14", "one-document", "A file holds exactly one YAML document.")
TAG: Final = _check("F15", "tag", "No YAML tags.")
ALIAS: Final = _check(
    "F16", "alias", "Aliases name an anchor above them and expand within reason; no merge keys.")
TOO_LARGE: Final = _check("F17", "too-large", "A file is no larger than the limit.")
TOO_DEEP: Final = _check("F18", "too-deep", "Nesting stays within the limit.")
MISPLACED: Final = _check(
    "F19", "misplaced", "What concerns the whole organization stands in the root file.")
CONTRADICTION: Final = _check(
    "F20", "contradiction", "The files do not say two things that exclude each other.")
BAD_NAME: Final = _check(
    "F21", "bad-name", "A name is not empty, not endless, and has no blanks around it.")
VERSION: Final = _check("F22", "version", "apiVersion names a version that this program reads.")
BAD_NUMBER: Final = _check(
    "F23", "bad-number", "A number lies in the range that its key allows.")
BAD_DAY: Final = _check(
    "F24", "bad-day", "until is a day that exists, as YYYY-MM-DD.")
BAD_SELECTOR: Final = _check(
    "F25", "bad-selector", "What ignore_drift names can be named: an email, a group and the like.")

FORMAT_CHECKS: Final = (
    UNREADABLE, ENCODING, SYNTAX, DUPLICATE_KEY, UNKNOWN_KEY, WRONG_TYPE, MISREAD, UNKNOWN_VALUE,
    MISSING_KEY, INCLUDE, HIDDEN_CHARACTER, TAB, DOCUMENTS, TAG, ALIAS, TOO_LARGE,
    TOO_DEEP, MISPLACED, CONTRADICTION, BAD_NAME, VERSION, BAD_NUMBER, BAD_DAY,
    BAD_SELECTOR,
)
