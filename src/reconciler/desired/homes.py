"""Which file somebody's entry belongs in, in the layout of a repository that is reviewed.

A file is reviewed by those who may decide on everything in it. So org admins have a file of their
own, whoever has a role on one project and nothing else is in the file of that project, whose
managers may review it, and everybody else, on whom only org admins decide, is in members/.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable
from typing import Final

from reconciler.model.roles import Role

ADMINS_FILE: Final = "admins.yaml"
PROJECTS: Final = "projects/"
MEMBERS: Final = "members/"
_PLAIN: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_LONGEST: Final = 40


def home_of(
    role: Role | None, projects: Collection[str], groups: Collection[str], *, project_level: bool
) -> str:
    """A file, or MEMBERS for one of the files in it; `projects` are those of direct roles."""
    if role is Role.ADMIN:
        return ADMINS_FILE
    if project_level and len(projects) == 1 and not groups:
        return project_file(next(iter(projects)))
    return MEMBERS


def project_file(project: str) -> str:
    """The file of a project: named as the project where every file system can, else made of what
    is harmless in its id and a digest."""
    if _PLAIN.fullmatch(project):
        return f"{PROJECTS}{project}.yaml"
    harmless = re.sub(r"[^a-z0-9]+", "-", project.lower()).strip("-")[:_LONGEST]
    digest = hashlib.sha256(project.encode()).hexdigest()[:8]
    return f"{PROJECTS}{harmless}{'-' if harmless else ''}{digest}.yaml"


def kept_files(names: Iterable[str], projects: Iterable[str]) -> frozenset[str]:
    """Those of these files that are kept for admins or for one of the projects: no entry that is
    anything else belongs in them."""
    kept = {ADMINS_FILE, *map(project_file, projects)}
    return frozenset(n for n in names if n in kept or f"{n.rpartition('/')[0]}.yaml" in kept)
