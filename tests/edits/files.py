"""Files to edit, in the many ways in which people write them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent
from typing import Any

from hypothesis import strategies as st

from reconciler.desired.edits.workspace import Workspace

HEAD = """\
apiVersion: reconciler/v1
organization: acme
tier: enterprise
settings: {project_level_permissions: true}
projects: {ios: {}, web: {}}
groups: {analysts: {}}
"""
ADA = "ada@acme.example"
PEOPLE = [f"{name}@acme.example" for name in
          ("amir", "bea", "cleo", "dan", "eli", "fay", "gus", "hal")]


def edited(folder: Path, body: str, change: Callable[[Workspace], object], *, head: str = HEAD,
           **others: str) -> str:
    """What an edit makes of org.yaml, without its head; every file is written and read."""
    (folder / "org.yaml").write_bytes((head + dedent(body)).encode())
    for name, text in others.items():
        (folder / f"{name}.yaml").write_bytes(dedent(text).encode())
    files = Workspace.open(folder)
    change(files)
    files.save()
    after = (folder / "org.yaml").read_bytes().decode()
    assert after.startswith(head)
    return after.removeprefix(head)


@contextmanager
def folder_of(texts: dict[str, bytes]) -> Iterator[Path]:
    """A folder that holds these files, for as long as it is needed."""
    with tempfile.TemporaryDirectory() as name:
        for file, data in texts.items():
            (Path(name) / file).write_bytes(data)
        yield Path(name)


COMMENTS = ["# of the team", "# {role: admin} # twice", "# bob@acme.example: leaves",
            "#no blank", "# Ünïcode ✓"]
BLANKS = st.sampled_from([[], [], [], [""], ["", ""], ["  "]])
END_COMMENT = st.sampled_from(["", "", "", "  # since 2020", " # x: {y", "   "])


@st.composite
def member(draw: st.DrawFn, email: str, role: str, step: int) -> list[str]:
    """The lines of one entry, without the indentation of its section."""
    key = draw(st.sampled_from([email, email, f'"{email}"', f"'{email}'", email.title()]))
    fields: dict[str, Any] = {"role": role}
    if draw(st.booleans()):
        fields["name"] = draw(st.sampled_from(["Bea B", "'#1'", '"a: b"', "Ünï {x"]))
    if draw(st.booleans()):
        fields["projects"] = draw(st.sampled_from(
            [{"web": "viewer"}, {"web": "viewer", "ios": "member"}]))
    if draw(st.booleans()):
        fields["groups"] = ["analysts"]
    comment = draw(END_COMMENT)
    if role == "user" and draw(st.integers(0, 5)) == 0:
        written = draw(st.sampled_from(["{}", "", "null", "~", "{ }"]))
        return [f"{key}: {written}{comment}" if written else f"{key}:{comment}"]
    if draw(st.booleans()):
        pad = draw(st.sampled_from(["", " "]))
        body = ", ".join(f"{k}: {_flow(v)}" for k, v in fields.items())
        if draw(st.integers(0, 4)) == 0:
            body = body.replace(", ", f",\n{' ' * (step + 1)}", 1)
        return f"{key}: {{{pad}{body}{pad}}}{comment}".split("\n")
    lines = [f"{key}:{comment}"]
    names = draw(st.permutations(sorted(fields)))
    for name in names:
        if draw(st.integers(0, 4)) == 0:
            lines.append(" " * step + draw(st.sampled_from(COMMENTS)))
        lines += [" " * step + line for line in _field(draw, name, fields[name], step)]
    if draw(st.integers(0, 3)) == 0:
        lines.append(" " * step + draw(st.sampled_from(COMMENTS)))
    return lines


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}: {v}" for k, v in value.items()) + "}"
    if isinstance(value, str) and value.endswith("{x"):
        return f'"{value}"'
    return f"[{', '.join(value)}]" if isinstance(value, list) else value


def _field(draw: st.DrawFn, name: str, value: Any, step: int) -> list[str]:
    comment = draw(END_COMMENT)
    if isinstance(value, str):
        if name == "name" and value == "Bea B" and draw(st.booleans()):
            return [f"{name}: >-", f"{' ' * step}Bea", f"{' ' * step}B"]
        return [f"{name}: {value}{comment}"]
    if draw(st.booleans()):
        return [f"{name}: {_flow(value)}{comment}"]
    if isinstance(value, list):
        indent = draw(st.sampled_from(["", " " * step]))
        return [f"{name}:", *(f"{indent}- {item}{comment}" for item in value)]
    return [f"{name}:{comment}", *(f"{' ' * step}{k}: {v}" for k, v in value.items())]


@st.composite
def organizations(draw: st.DrawFn) -> bytes:
    """A valid org.yaml: any order, any style, comments and gaps anywhere."""
    step = draw(st.sampled_from([2, 2, 3, 4]))
    emails = draw(st.lists(st.sampled_from(PEOPLE), unique=True, max_size=5))
    if draw(st.booleans()):
        emails.sort()
    sections = [["apiVersion: reconciler/v1"], ["organization: acme"], ["tier: enterprise"],
                ["settings: {project_level_permissions: true} # on"],
                draw(st.sampled_from([
                    ["projects: {ios: {}, web: {}}"],
                    ["projects:", f"{' ' * step}web: {{}}", "# apps", f"{' ' * step}ios:"]])),
                draw(st.sampled_from([["groups: {analysts: {}}"],
                                      ['"groups":', f"{' ' * step}analysts: {{}}  # read"]])),
                _members(draw, emails, step)]
    if draw(st.booleans()):
        sections.append(draw(st.sampled_from([
            ["departures: {}"],
            ["departures: {zed@acme.example: {leave_content: unassigned}}"],
            ["departures:  # gone", f"{' ' * step}zed@acme.example: {{leave_content: unassigned}}",
             f"{' ' * step}# the end"]])))
    if draw(st.booleans()):
        sections = list(draw(st.permutations(sections)))
    lines = draw(st.sampled_from([[], ["# Acme"], ["# Acme", ""], ["---"], ["# A", "---", "# B"]]))
    for section in sections:
        lines += [*draw(BLANKS), *(draw(st.sampled_from([[], [], ["# a section"]]))), *section]
    lines += draw(st.sampled_from([[], [], ["# the end"], ["", "# the end", ""], ["..."]]))
    text = "\n".join(lines) + draw(st.sampled_from(["\n", "\n", "\n\n", ""]))
    if draw(st.integers(0, 3)) == 0:
        text = text.replace("\n", "\r\n")
    return draw(st.sampled_from([b"", b"", b"\xef\xbb\xbf"])) + text.encode()


def _members(draw: st.DrawFn, emails: list[str], step: int) -> list[str]:
    if draw(st.integers(0, 5)) == 0:
        entries = [f"{ADA}: {{role: admin}}", *(f"{email}: {{role: user}}" for email in emails)]
        glue = draw(st.sampled_from([", ", ",\n  "]))
        return f"members: {{{glue.join(entries)}}}".split("\n")
    lines = [draw(st.sampled_from(["members:", "members: # people", "'members':"]))]
    for email, role in [(ADA, "admin"), *((email, "user") for email in emails)]:
        lines += draw(BLANKS)
        lines += [" " * step + c for c in draw(st.lists(st.sampled_from(COMMENTS), max_size=1))]
        lines += draw(st.sampled_from([[], [], [], [""]]))
        lines += [" " * step + line if line else line
                  for line in draw(member(email, role, step))]
    return lines
