"""Look at the live store: what is read, as JSON values and as lines."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from reconciler.cli.output import columns, paint, result, result_json
from reconciler.cli.session import open_to_read, the_organization
from reconciler.live.ports import Reader
from reconciler.model.email import Email, InvalidEmail, normalize_email
from reconciler.model.errors import InvalidInput
from reconciler.model.images import content_counts, group_image
from reconciler.model.nearest import did_you_mean, nearest_address
from reconciler.model.organization import ContentItem, Member, MemberState
from reconciler.model.world import World
from reconciler.reports.describe import roles_text
from reconciler.reports.escape import for_terminal
from reconciler.reports.paint import Tone
from reconciler.reports.words import content, counted, listed, named

GROUP_PREFIX = "group:"


class Looked(NamedTuple):
    """What a look shows: values for JSON; for people lines above a table, and the table with its
    headings. Texts are unescaped."""

    values: Any
    above: Sequence[str] = ()
    headings: tuple[str, ...] = ()
    rows: Sequence[tuple[str, ...]] = ()


def look(
    see: Callable[[Reader], Looked], *, store_url: str, organization: str | None, format_: str
) -> None:
    """Read one moment of the organization and print what `see` makes of it."""
    store = open_to_read(store_url)
    with store.reader(the_organization(store, organization)) as reader:
        looked = see(reader)
    if format_ == "json":
        result_json(looked.values)
        return
    parts = ["\n".join(for_terminal(line) for line in looked.above)] if looked.above else []
    if looked.rows:
        table = [tuple(for_terminal(cell) for cell in row) for row in looked.rows]
        if looked.headings:
            coloured = paint()
            heading, *body = columns([looked.headings, *table]).split("\n")
            table_text = "\n".join([coloured(heading, Tone.HEADING), *body])
        else:
            table_text = columns(table)
        parts.append(table_text)
    result("\n\n".join(parts) if parts else "None.")


def member_rows(reader: Reader, states: Iterable[str] = ()) -> Looked:
    """Everybody, or those in some states, under the counts of all."""
    wanted = set(states)
    overview = reader.overview()
    emails = [r.email for r in reader.roster() if not wanted or r.state in wanted]
    people = reader.members(emails)
    shown = [people[email] for email in emails]
    rows = [
        (m.email, str(m.state), str(m.role), str(len(m.groups)), str(len(m.projects)),
         _day(m.last_login_at, "never"), m.name or "")
        for m in shown
    ]
    counts = dataclasses.asdict(overview)
    return Looked(
        {"organization": reader.organization, "overview": counts,
         "members": [_member_json(m) for m in shown]},
        (f"{reader.organization}: {counted(overview.total, 'member')} in total, "
         f"{overview.joined:,} joined, {overview.pending:,} pending, "
         f"{overview.requesting:,} requesting access",),
        ("EMAIL", "STATE", "ROLE", "GROUPS", "PROJECTS", "LAST LOGIN", "NAME"), rows)


def subject_details(reader: Reader, subjects: Sequence[str]) -> Looked:
    """People and groups in full. Raises InvalidInput for one that is not there."""
    values: list[Any] = []
    lines: list[str] = []
    for subject in subjects:
        if subject.startswith(GROUP_PREFIX):
            looked = group_details(reader, subject.removeprefix(GROUP_PREFIX))
        else:
            looked = _person_details(reader, subject)
        values.append(looked.values)
        lines += ([""] if lines else []) + list(looked.above)
    return Looked(values[0] if len(values) == 1 else values, lines)


def group_rows(reader: Reader) -> Looked:
    """All groups."""
    groups = sorted(reader.frame().groups.values(), key=lambda g: g.id)
    sizes = {g.id: sum(1 for _ in reader.emails_in_group(g.id)) for g in groups}
    return Looked(
        [{"group": g.id, **(group_image(g) or {}), "members": sizes[g.id]} for g in groups], (),
        ("GROUP", "MEMBERS", "GIVES", "TEAM SPACES", "DESCRIPTION"),
        [(g.id, str(sizes[g.id]), roles_text(g.projects) or "nothing",
          listed(sorted(g.spaces)) or "none", g.description) for g in groups])


def group_details(reader: Reader, name: str) -> Looked:
    """One group in full. Raises InvalidInput where there is none of that name."""
    groups = reader.frame().groups
    group = groups.get(name)
    if group is None:
        raise InvalidInput(f"there is no group {name} in {reader.organization}",
                           how=did_you_mean(name, groups)
                           or "list them: reconciler live group list")
    people = sorted(reader.emails_in_group(name))
    above = [f"group {named(name)}"]
    if group.description:
        above.append(f"  description  {group.description}")
    above.append(f"  gives        {roles_text(group.projects) or 'no project role'}")
    above.append(f"  team spaces  {listed(sorted(group.spaces)) or 'none'}")
    above.append(f"  members      {len(people):,}" + (": " + listed(people) if people else ""))
    return Looked({"group": name, **(group_image(group) or {}), "members": people}, above)


def space_rows(reader: Reader) -> Looked:
    """All team spaces."""
    spaces = sorted(reader.frame().spaces.values(), key=lambda s: s.id)
    return Looked([{"team_space": s.id, "name": s.name} for s in spaces], (),
                  ("TEAM SPACE", "NAME"), [(s.id, s.name) for s in spaces])


def project_rows(reader: Reader) -> Looked:
    """All projects."""
    projects = sorted(reader.frame().projects.values(), key=lambda p: p.id)
    return Looked([{"project": p.id, "name": p.name} for p in projects], (),
                  ("PROJECT", "NAME"), [(p.id, p.name) for p in projects])


def team_rows(reader: Reader) -> Looked:
    """All teams."""
    teams = sorted(reader.frame().teams)
    return Looked(teams, (), (), [(team,) for team in teams])


def settings_rows(reader: Reader) -> Looked:
    """The settings."""
    settings = dataclasses.asdict(reader.frame().settings)
    return Looked(
        {"organization": reader.organization, **settings}, (f"{reader.organization}",), (),
        [(f"  {name}", ("on" if v else "off") if isinstance(v, bool) else str(v) or '""')
         for name, v in settings.items()])


def content_rows(
    reader: Reader, owners: Sequence[Email | None], *, project: str | None, kind: str | None
) -> Looked:
    """Content of some owners (None: unassigned), or of everybody. Raises InvalidInput for an
    owner or a project that is not there."""
    for owner in filter(None, owners):
        _known_member(reader, owner)
    projects = reader.frame().projects
    if project is not None and project not in projects:
        raise InvalidInput(f"there is no project {project} in {reader.organization}",
                           how=did_you_mean(project, projects)
                           or "list them: reconciler live project list")
    chosen: Iterable[Email | None] = owners or (None, *reader.emails())
    items = sorted(
        (item for owner in chosen for item in reader.content_of(owner)
         if project in (None, item.project) and kind in (None, item.kind)),
        key=lambda i: i.id)
    return Looked(
        [_item_json(i) for i in items], (counted(len(items), "item"),),
        ("ID", "KIND", "PROJECT", "SPACE", "OWNER", "TITLE"),
        [(i.id, str(i.kind), i.project, i.space or "personal", i.owner or "unassigned", i.title)
         for i in items])


def _person_details(reader: Reader, text: str) -> Looked:
    try:
        email = normalize_email(text)
    except InvalidEmail as wrong:
        raise InvalidInput(f"{text!r} is neither an email ({wrong}) nor group:NAME",
                           how="for example: reconciler live show sam@acme.example") from None
    member = _known_member(reader, email)
    world = World(reader.frame(), reader)
    items = list(reader.content_of(email))
    above = [str(email), *(f"  {label:<16} {text}" for label, text in _facts(world, member, items))]
    value = _member_json(member)
    value["effective_roles"] = {
        p: str(r) for p, r in sorted(_effective(world, member).items())}
    value["accounts"] = {a.service: a.name for a in world.accounts_of(email)}
    value["content"] = content_counts(items)
    return Looked(value, above)


def _known_member(reader: Reader, email: Email) -> Member:
    member = reader.members([email]).get(email)
    if member is None:
        close = nearest_address(email, reader.emails())
        raise InvalidInput(
            f"{email} is not in {reader.organization}",
            how=f"did you mean {close}?" if close else "list them: reconciler live members")
    return member


def _facts(
    world: World, member: Member, items: list[ContentItem]
) -> list[tuple[str, str]]:
    facts = [("state", str(member.state)), ("role", str(member.role))]
    if member.name is not None:
        facts.append(("name", member.name))
    if member.team is not None:
        facts.append(("team", member.team))
    if member.groups:
        facts.append(("groups", listed(sorted(member.groups))))
    facts += [(f"on {named(project)}", f"{role} ({_where_from(world, member, project)})")
              for project, role in sorted(_effective(world, member).items())]
    spaces = world.effective_spaces(member)
    if spaces:
        facts.append(("team spaces", listed(sorted(spaces))))
    if member.default_project is not None:
        facts.append(("default project", member.default_project))
    facts += [(f"{account.service} account", account.name)
              for account in world.accounts_of(member.email)]
    if items:
        facts.append(("content", f"{counted(len(items), 'item')}: "
                                 f"{content(content_counts(items))}"))
    if member.state is MemberState.PENDING:
        facts.append(("invited", f"{_day(member.invited_at)}, sent "
                                 f"{counted(member.invitations_sent, 'time')}"))
    if member.state is MemberState.REQUESTED:
        facts.append(("asked to join", _day(member.requested_at)))
    if member.joined:
        facts.append(("joined", _day(member.joined_at)))
        facts.append(("last login", _day(member.last_login_at, "never")))
    return facts


def _effective(world: World, member: Member) -> dict[str, Any]:
    if not world.settings.project_level_permissions:
        return {}
    names = world.projects if member.role == "admin" else world.effective_roles(member)
    return {p: world.effective_role(member, p) for p in names}


def _where_from(world: World, member: Member, project: str) -> str:
    """Why somebody has the role they have on a project."""
    reasons = []
    if member.role == "admin":
        reasons.append("org admin")
    direct = member.projects.get(project)
    if direct is not None:
        reasons.append(f"direct {direct}")
    for name in sorted(member.groups):
        group = world.groups.get(name)
        if group is not None and project in group.projects:
            reasons.append(f"group {named(name)} {group.projects[project]}")
    return ", ".join(reasons)


def _member_json(member: Member) -> dict[str, Any]:
    return {
        "email": member.email, "state": str(member.state), "role": str(member.role),
        "projects": {p: str(member.projects[p]) for p in sorted(member.projects)},
        "groups": sorted(member.groups), "team_spaces": sorted(member.spaces),
        "team": member.team, "default_project": member.default_project, "name": member.name,
        "requested_at": _iso(member.requested_at), "invited_at": _iso(member.invited_at),
        "invitations_sent": member.invitations_sent, "joined_at": _iso(member.joined_at),
        "last_login_at": _iso(member.last_login_at),
    }


def _item_json(item: ContentItem) -> dict[str, Any]:
    return {"id": item.id, "kind": str(item.kind), "title": item.title, "project": item.project,
            "space": item.space, "owner": item.owner}


def _day(moment: datetime | None, otherwise: str = "") -> str:
    return f"{moment:%Y-%m-%d}" if moment is not None else otherwise


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None
