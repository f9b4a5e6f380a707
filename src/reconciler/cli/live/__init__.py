"""`reconciler live`: what people do on the Members page, as commands."""

from __future__ import annotations

from typing import Final

import click

from reconciler.cli.lazy import Entry, LazyGroup

_LOOK: Final = "Look"
_PEOPLE: Final = "People"
_OWN: Final = "People for themselves"
_REST: Final = "Groups, projects, content"
_ORGANIZATION: Final = "The organization"
_HERE: Final = "reconciler.cli.live"

ENTRIES: Final = {
    "members": Entry(f"{_HERE}.members:members", "List the people, with the counts.", _LOOK),
    "show": Entry(f"{_HERE}.show:show", "Show people or groups in full.", _LOOK),
    "invite": Entry(f"{_HERE}.invite:invite", "Invite people, with the access they get.", _PEOPLE),
    "resend": Entry(f"{_HERE}.invitations:resend", "Send invitations again.", _PEOPLE),
    "revoke": Entry(f"{_HERE}.invitations:revoke", "Take invitations back.", _PEOPLE),
    "approve": Entry(f"{_HERE}.requests:approve", "Let in people who asked to join.", _PEOPLE),
    "deny": Entry(f"{_HERE}.requests:deny", "Turn down people who asked to join.", _PEOPLE),
    "set-role": Entry(f"{_HERE}.set_role:set_role",
                      "Set or remove roles, of the organization or on projects.", _PEOPLE),
    "set-profile": Entry(f"{_HERE}.set_profile:set_profile",
                         "Set name, team or default project.", _PEOPLE),
    "remove": Entry(f"{_HERE}.remove:remove", "Remove people.", _PEOPLE),
    "join": Entry(f"{_HERE}.own_acts:join", "Accept an invitation.", _OWN),
    "login": Entry(f"{_HERE}.own_acts:login", "Log in.", _OWN),
    "request-access": Entry(f"{_HERE}.own_acts:request_access", "Ask to join.", _OWN),
    "group": Entry(f"{_HERE}.group:group", "Permission groups and who is in them.", _REST),
    "space": Entry(f"{_HERE}.space:space", "Team spaces and who is in them.", _REST),
    "project": Entry(f"{_HERE}.project:project", "Projects.", _REST),
    "team": Entry(f"{_HERE}.team:team", "Teams, the labels of profiles.", _REST),
    "content": Entry(f"{_HERE}.content:content", "Charts, dashboards, cohorts, notebooks.", _REST),
    "transfer": Entry(f"{_HERE}.transfer:transfer",
                      "Give content to somebody else; cannot be undone.", _REST),
    "init": Entry(f"{_HERE}.init:init", "Create an organization with its first admin.",
                  _ORGANIZATION),
    "settings": Entry(f"{_HERE}.settings:settings", "Show or change the settings.",
                      _ORGANIZATION),
    "migrate-domain": Entry(f"{_HERE}.migrate_domain:migrate_domain",
                            "Move everybody to another email domain; cannot be undone.",
                            _ORGANIZATION),
    "upgrade": Entry(f"{_HERE}.upgrade:upgrade", "Bring the store's tables to this version.",
                     _ORGANIZATION),
}


@click.group(cls=LazyGroup, entries=ENTRIES)
def live() -> None:
    """Look at the live organization, and do what people do there.

    Every command is judged by the rules inside the live store, happens in one transaction (all
    or nothing) and leaves an audit record.

    \b
    Examples:
      reconciler live members
      reconciler live invite sam@acme.example --project web=viewer --as ada@acme.example
      reconciler live join sam@acme.example
    """
