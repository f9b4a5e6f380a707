"""Organizations of any size for measuring: the same arguments give the same bytes.

    python benchmarks/generate.py FOLDER --members 10000 [--files 10] [--changed 100]

writes FOLDER/org.yaml with its groups and members in files of their own (or everything in org.yaml
with --files 1), laid out as `reconciler edit format` does it. A member takes about 330 bytes and
holds about nine grants: project roles, group memberships, a team space. ada@acme.example is the
first admin. `--changed N` writes the same organization with another project role for N members,
spread evenly: one line each.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator
from pathlib import Path

ADMIN = "ada@acme.example"
ORGANIZATION = "acme"
FIRST = ("ana", "ben", "chloe", "dmitri", "elena", "farid", "grace", "hiro", "ines", "jonas",
         "katya", "liam", "mei", "noor", "olga", "pablo", "qiang", "rosa", "sven", "tara")
LAST = ("almeida", "bauer", "chen", "dubois", "eriksen", "fischer", "garcia", "haddad", "ivanov",
        "jensen", "kowalski", "lopez", "meyer", "nakamura", "okafor", "petrov", "quinn", "rossi",
        "schmidt", "tanaka")
TEAMS = ("Data", "Design", "Engineering", "Finance", "Growth", "Marketing", "Operations",
         "Product", "Research", "Sales", "Support")
ROLES = ("viewer", "viewer", "viewer", "member", "member", "manager")
HEAD = "apiVersion: reconciler/v1\n"


class Organization:
    """The shape of an organization of this size: its projects, groups and team spaces grow with
    it, but slower."""

    def __init__(self, members: int, *, changed: int = 0, seed: int = 1) -> None:
        self.members = members
        self.random = random.Random(seed)
        self.projects = [f"project-{n:03}" for n in range(max(8, min(300, members // 100)))]
        self.groups = [f"group-{n:04}" for n in range(max(5, min(3000, members // 30)))]
        self.spaces = [f"space-{n:03}" for n in range(max(3, min(200, members // 200)))]
        every = members / changed if changed else 0.0
        # The first admin stays as `live init` makes them.
        self.changed = {min(members - 1, int(every * n) + 1) for n in range(changed)}

    def root(self, include: tuple[str, ...]) -> Iterator[str]:
        yield HEAD
        yield (f"organization: {ORGANIZATION}\ntier: enterprise\n"
               "\nsettings:\n  project_level_permissions: true\n")
        if include:
            yield "\ninclude:\n"
            yield from (f'  - "{pattern}"\n' for pattern in include)
        yield "\nprojects:\n"
        yield from (f"  {name}: {{name: {name.replace('-', ' ').title()}}}\n"
                    for name in self.projects)
        yield "\nteam_spaces:\n"
        yield from (f"  {name}: {{name: {name.replace('-', ' ').title()}}}\n"
                    for name in self.spaces)
        yield f"\nteams: [{', '.join(TEAMS)}]\n"

    def group_section(self) -> Iterator[str]:
        """Groups read: a floor that no direct role lies below (R21)."""
        yield "\ngroups:\n"
        for name in self.groups:
            yield f"  {name}:\n    description: People of {name}\n    projects:\n"
            for project in sorted(self.random.sample(self.projects, 3)):
                yield f"      {project}: viewer\n"

    def member_entries(self) -> Iterator[str]:
        yield f"  {ADMIN}:\n    role: admin\n"
        entries = [self._member(number) for number in range(1, self.members)]
        yield from sorted(entries, key=lambda entry: entry.partition(":")[0])

    def _member(self, number: int) -> str:
        pick = self.random
        first, last = pick.choice(FIRST), pick.choice(LAST)
        lines = [f"  {first}.{last}.{number:06}@acme.example:",
                 f"    name: {first.title()} {last.title()}"]
        if number % 500 == 0:
            lines.append("    role: admin")
        lines.append(f"    team: {pick.choice(TEAMS)}")
        groups = sorted(pick.sample(self.groups, pick.randint(2, 4)))
        lines.append(f"    groups: [{', '.join(groups)}]")
        lines.append("    projects:")
        projects = sorted(pick.sample(self.projects, pick.randint(3, 7)))
        for place, project in enumerate(projects):
            role = pick.choice(ROLES)
            if place == 0 and number in self.changed:
                role = "admin"
            lines.append(f"      {project}: {role}")
        lines.append(f"    default_project: {projects[0]}")
        lines.append(f"    team_spaces: [{pick.choice(self.spaces)}]")
        return "\n".join(lines) + "\n"


def write(folder: Path, members: int, *, files: int = 1, changed: int = 0, seed: int = 1) -> Path:
    """Write an organization and return its root file; `files` holds its members (1: one file for
    everything). Raises ValueError for fewer than two members or less than one file."""
    if members < 2 or not 1 <= files <= members:
        raise ValueError("at least two members, and between one file and one file a member")
    organization = Organization(members, changed=changed, seed=seed)
    folder.mkdir(parents=True, exist_ok=True)
    root = folder / "org.yaml"
    if files == 1:
        parts = (*organization.root(()), *organization.group_section(), "\nmembers:\n",
                 *organization.member_entries())
        root.write_text("".join(parts))
        return root
    root.write_text("".join(organization.root(("groups.yaml", "members/*.yaml"))))
    (folder / "groups.yaml").write_text(HEAD + "".join(organization.group_section()))
    (folder / "members").mkdir(exist_ok=True)
    entries = list(organization.member_entries())
    size = -(-members // files)
    for number, start in enumerate(range(0, members, size)):
        text = HEAD + "\nmembers:\n" + "".join(entries[start:start + size])
        (folder / "members" / f"{number:05}.yaml").write_text(text)
    return root


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--members", type=int, required=True)
    parser.add_argument("--files", type=int, default=1, help="files of members; 1: one for all")
    parser.add_argument("--changed", type=int, default=0, help="members with one other role")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(write(options.folder, options.members, files=options.files, changed=options.changed,
                seed=options.seed))


if __name__ == "__main__":
    main()
