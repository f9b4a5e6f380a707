"""The YAML of a repository that is reviewed: laid out by who decides, and explained in comments.

From a live organization (planned against it, it changes nothing), or from an id and its admins.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from reconciler.desired.documents import API_VERSION
from reconciler.desired.emit import scalar
from reconciler.desired.export import (
    LETTERS_UP_TO,
    asking_section,
    buckets,
    groups_section,
    head,
    managed,
    members_section,
    part,
    text_of,
)
from reconciler.desired.homes import ADMINS_FILE, MEMBERS, PROJECTS, home_of
from reconciler.model.accounts import by_person
from reconciler.model.email import Email
from reconciler.model.organization import Member, MemberState
from reconciler.model.world import Frame

STARTER_PEOPLE: Final = f"{MEMBERS}people.yaml"
_ROOT: Final = (
    "# Who may do what. Change it here, by pull request; README.md says how.",
    "",
)
_SETTINGS: Final = "# A setting that is not stated is left as it is in the live organization."
_ABOVE: Final[dict[str, tuple[str, ...]]] = {
    "settings:": (_SETTINGS,),
    "include:": (
        "# More of the same format. A file is reviewed by those who may decide on everything in",
        "# it (.github/CODEOWNERS): entries that only org admins decide on are kept apart.",),
    "manage:": (
        "# authoritative: what is not declared is taken away. additive: nothing is taken away.",
        "# ignore: not compared.",),
}
_ADMINS: Final = (
    "# The org admins, on whom only org admins decide. Name the account with which somebody",
    "# reviews pull requests, so that their approval counts:",
    "#",
    "#   ada@acme.example:",
    "#     role: admin",
    "#     accounts: {github: ada-example}",
)
_PROJECT: Final = (
    "# Whoever has a role on this project and nothing else, so that its managers may review it.",)
_MEMBERS: Final = (
    "# People on whom org admins decide: members of groups, and those with several projects.",)
_STARTER_HEAD: Final = (
    "",
    _SETTINGS,
    "#",
    "# tier: enterprise",
    "# settings:",
    "#   project_level_permissions: true",
    "",
    "include:",
    f'  - "{ADMINS_FILE}"',
    f'  - "{MEMBERS}*.yaml"',
    "",
)
_STARTER_TAIL: Final = (
    "",
    "# projects:",
    "#   web: {name: Web app}",
    "#",
    "# team_spaces:",
    "#   growth: {name: Growth}",
    "#",
    "# teams: [Data, Marketing]",
    "#",
    "# groups:",
    "#   analysts:",
    "#     description: Read everything",
    "#     projects: {web: viewer}",
)
_STARTER_PEOPLE: Final = (
    "# Everybody else, for example:",
    "#",
    "#   sam@acme.example:",
    "#     name: Sam Example",
    "#     accounts: {github: sam-example}",
)


def repository_yaml(frame: Frame, members: Iterable[Member]) -> dict[str, str]:
    """Texts by file name: org.yaml, groups.yaml, admins.yaml, projects/*.yaml and members/*.yaml,
    as far as there is something for them. Like an export it plans empty, and the same organization
    gives the same bytes."""
    people = sorted(members, key=lambda m: m.email)
    inside = [m for m in people if m.state is not MemberState.REQUESTED]
    asking = [m for m in people if m.state is MemberState.REQUESTED]
    accounts = by_person(frame.accounts.values())
    homes = _homes(inside, project_level=frame.settings.project_level_permissions)
    texts = {"groups.yaml": part(groups_section(frame))} if frame.groups else {}
    for name, some in sorted(homes.items()):
        about = (_ADMINS if name == ADMINS_FILE else _PROJECT if name.startswith(PROJECTS)
                 else _MEMBERS)
        texts[name] = _explained(about, part(members_section(some, accounts)))
    root = text_of([*head(frame, _patterns(texts)), *asking_section(asking)])
    return {"org.yaml": _explained(_ROOT, _commented(root)), **texts}


def starter_yaml(organization: str, admins: Iterable[Email]) -> dict[str, str]:
    """The same of an organization of which only the id and the admins are known; what else there
    can be stands in comments. It states no setting, so none is changed by it."""
    root = text_of([f"apiVersion: {API_VERSION}", f"organization: {scalar(organization)}",
                    *_STARTER_HEAD, *managed(), *_STARTER_TAIL])
    entries = [line for email in sorted(set(admins))
               for line in (f"  {scalar(email)}:", "    role: admin")]
    return {
        "org.yaml": _explained(_ROOT, _commented(root)),
        ADMINS_FILE: _explained(_ADMINS, part(["", "members:", *entries])),
        STARTER_PEOPLE: part(["", *_STARTER_PEOPLE, "members: {}"]),
    }


def _homes(members: Iterable[Member], *, project_level: bool) -> dict[str, list[Member]]:
    """Members by the name of their file, in order of email."""
    found: dict[str, list[Member]] = {}
    for member in members:
        home = home_of(member.role, member.projects, member.groups, project_level=project_level)
        found.setdefault(home, []).append(member)
    made: dict[str, list[Member]] = {}
    for home, some in found.items():
        if home == MEMBERS or (home != ADMINS_FILE and len(some) > LETTERS_UP_TO):
            folder = home.removesuffix(".yaml").rstrip("/")
            made |= {f"{folder}/{name}.yaml": few for name, few in buckets(some).items()}
        else:
            made[home] = some
    return made


def _patterns(texts: Mapping[str, str]) -> list[str]:
    """What to include: files of the first folder by name, folders by pattern."""
    folders = {name.rpartition("/")[0] for name in texts}
    return [*(name for name in sorted(texts, reverse=True) if "/" not in name),
            *(f"{folder}/*.yaml" for folder in sorted(_above(folders - {""})))]


def _above(folders: set[str]) -> Iterator[str]:
    """`projects/*` stands for all folders of projects with too many people for one file."""
    yield from {"projects/*" if folder.startswith(PROJECTS) else folder for folder in folders}


def _commented(text: str) -> str:
    return "\n".join(line for row in text.split("\n") for line in (*_ABOVE.get(row, ()), row))


def _explained(about: Iterable[str], text: str) -> str:
    rows = [*about]
    gap = [""] if text.startswith(f"apiVersion: {API_VERSION}") and rows[-1] else []
    return "\n".join([*rows, *gap, text])
