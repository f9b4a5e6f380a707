"""Selectors: how people name what moved, on the command line and in `ignore_drift`.

    sam@acme.example                    everything of somebody
    sam@acme.example/project/web        their direct role on a project
    sam@acme.example/group/analysts     a membership; likewise team-space/ID
    sam@acme.example/role               also name, team, default-project
    group:analysts/project/web          what a group gives; group:analysts for all of it
    setting:sso, project:web, team-space:growth, team:Data
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from reconciler.model.elements import Aspect, Element
from reconciler.model.email import InvalidEmail, normalize_email

_WORDS: Final = {
    "membership": Aspect.MEMBERSHIP, "role": Aspect.ROLE, "project": Aspect.PROJECT_ROLE,
    "group": Aspect.GROUP, "team-space": Aspect.TEAM_SPACE, "name": Aspect.NAME,
    "team": Aspect.TEAM, "default-project": Aspect.DEFAULT_PROJECT,
    "description": Aspect.DESCRIPTION,
}
_WORD_OF: Final = {aspect: word for word, aspect in _WORDS.items()}
_TARGETED: Final = frozenset({"project", "group", "team-space"})
_OF_PEOPLE: Final = frozenset(_WORDS) - {"description"}
_OF_GROUPS: Final = frozenset({"description", "project", "team-space"})
THINGS: Final = ("group", "setting", "project", "team-space", "team")
"""What comes before the colon where no person is meant."""


class InvalidSelector(ValueError):
    """A text that selects nothing; its message says why."""


@dataclass(frozen=True, slots=True)
class Selector:
    """Names elements: those of a subject, or of it only one aspect, or only one target of it."""

    subject: str
    aspect: Aspect | None = None
    target: str = ""

    def matches(self, element: Element) -> bool:
        """Whether an element is among what is meant."""
        if element.subject != self.subject:
            return False
        return self.aspect is None or (element.aspect, element.target) == (
            self.aspect, self.target)

    def __str__(self) -> str:
        if self.aspect is None:
            return self.subject
        word = _WORD_OF[self.aspect]
        return f"{self.subject}/{word}" + (f"/{self.target}" if self.target else "")


def parse_selector(text: str) -> Selector:
    """The selector that a text means; raises InvalidSelector with what is wrong with it."""
    # An email's first part may hold a slash, what follows its @ cannot; the ids of things may.
    start = max(text.find("@"), 0)
    cut = text.find("/", start)
    subject, rest = (text, "") if cut < 0 else (text[:cut], text[cut + 1:])
    thing, colon, name = subject.partition(":")
    if colon:
        if thing not in THINGS:
            raise InvalidSelector(f"{thing!r} is none of {', '.join(THINGS)}")
        if not name:
            raise InvalidSelector(f"no name stands after {thing}:")
        if thing != "group":
            return Selector(text)
        known = _OF_GROUPS
    else:
        try:
            subject = normalize_email(subject)
        except InvalidEmail as wrong:
            raise InvalidSelector(
                f"{subject!r} is no email ({wrong}) and begins with none of "
                f"{', '.join(f'{t}:' for t in THINGS)}") from None
        known = _OF_PEOPLE
    if cut < 0:
        return Selector(subject)
    word, _, target = rest.partition("/")
    if word not in known:
        raise InvalidSelector(f"{word!r} is none of {', '.join(sorted(known))}")
    if bool(target) is not (word in _TARGETED):
        raise InvalidSelector(f"{word} needs a name after it: {word}/NAME" if not target
                              else f"nothing stands after {word}")
    return Selector(subject, _WORDS[word], target)


def selector_of(element: Element) -> Selector:
    """The narrowest selector that means an element; that somebody or something is there at all is
    meant by the subject alone."""
    match element.aspect:
        case Aspect.MEMBERSHIP | Aspect.EXISTENCE | Aspect.SETTING:
            return Selector(element.subject)
        case Aspect.NAME if ":" in element.subject:
            return Selector(element.subject)
        case _:
            return Selector(element.subject, element.aspect, element.target)
