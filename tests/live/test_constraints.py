"""What the rules forbid, the database refuses by itself: the last line of defence."""

from __future__ import annotations

import pytest

from reconciler.live.ports import Step
from reconciler.live.sql.engine import make_engine, parse_url, writing
from reconciler.model.errors import Refused
from reconciler.model.operations import CreateTeam
from tests.live.living import Live, a_run

SAM = "'acme', 'sam@acme.example'"
MEMBER = ("INSERT INTO members (organization, email, state, role, joined_at, invitations_sent, "
          "grants_digest, spaces_digest, changed_sequence) VALUES ")
CONTENT = "INSERT INTO content (organization, id, kind, title, project, space, owner) VALUES "


@pytest.fixture
def furnished(live: Live) -> Live:
    """sam is in ops and core, has roles on web and mobile and owns c1; one run succeeded."""
    live.group("ops", web="viewer").member(
        "sam", web="member", mobile="viewer", groups=["ops"], spaces=["core"])
    live.content("c1", owner="sam").performs(Step(operation=CreateTeam("Sales")), run=a_run())
    return live


@pytest.mark.parametrize("statement", [
    f"INSERT INTO member_projects VALUES ({SAM}, 'nope', 'viewer')",
    f"INSERT INTO member_projects VALUES ({SAM}, 'web', 'user')",
    f"INSERT INTO member_projects VALUES ({SAM}, 'mobile', 'viewer')",
    "INSERT INTO member_projects VALUES ('acme', 'nobody@acme.example', 'web', 'viewer')",
    "INSERT INTO member_projects VALUES ('beta', 'sam@acme.example', 'web', 'viewer')",
    f"INSERT INTO member_groups VALUES ({SAM}, 'nope')",
    "INSERT INTO member_groups VALUES ('acme', 'nobody@acme.example', 'ops')",
    f"INSERT INTO member_spaces VALUES ({SAM}, 'nope')",
    "INSERT INTO group_projects VALUES ('acme', 'ops', 'nope', 'viewer')",
    "INSERT INTO group_projects VALUES ('acme', 'ops', 'mobile', 'owner')",
    "INSERT INTO group_spaces VALUES ('acme', 'nope', 'core')",
    "INSERT INTO projects VALUES ('nowhere', 'web', 'Web')",
    "INSERT INTO projects VALUES ('acme', 'web', 'Twice')",
    f"{MEMBER}({SAM}, 'joined', 'user', '2026-01-01T00:00:00Z', 0, '', '', 1)",
    f"{MEMBER}('acme', 'x@acme.example', 'gone', 'user', '2026-01-01T00:00:00Z', 0, '', '', 1)",
    f"{MEMBER}('acme', 'x@acme.example', 'joined', 'boss', '2026-01-01T00:00:00Z', 0, '', '', 1)",
    f"{MEMBER}('acme', 'x@acme.example', 'joined', 'user', NULL, 0, '', '', 1)",
    f"{MEMBER}('acme', 'x@acme.example', 'pending', 'user', NULL, 0, '', '', 1)",
    f"{MEMBER}('acme', 'no address', 'joined', 'user', '2026-01-01T00:00:00Z', 0, '', '', 1)",
    "UPDATE members SET default_project = 'nope'",
    "UPDATE members SET team = 'nope'",
    "UPDATE organizations SET tier = 'free'",
    "UPDATE organizations SET receiver_access = 'maybe'",
    f"{CONTENT}('acme', 'c2', 'poem', 'x', 'web', NULL, NULL)",
    f"{CONTENT}('acme', 'c2', 'chart', 'x', 'nope', NULL, NULL)",
    f"{CONTENT}('acme', 'c2', 'chart', 'x', 'web', NULL, 'nobody@acme.example')",
    f"{CONTENT}('acme', 'c1', 'chart', 'twice', 'web', NULL, NULL)",
    "DELETE FROM members WHERE email = 'sam@acme.example'",
    "DELETE FROM projects WHERE id = 'web'",
    "DELETE FROM groups WHERE id = 'ops'",
    "INSERT INTO audit SELECT organization, sequence, at, actor, operation, subject, before, "
    "after, run, previous_hash, hash, target FROM audit WHERE sequence = 1",
    "UPDATE audit SET run = 'no such run'",
    "UPDATE runs SET outcome = 'perhaps'",
    "UPDATE runs SET finished_at = NULL",
    "INSERT INTO runs SELECT organization, 'r2', plan_digest, desired_digest, source_commit, "
    "actor, summary, started_at, finished_at, outcome, changes, problem, policy_digest, sequence, "
    "carried FROM runs",
])
def test_the_database_refuses(furnished: Live, store_url: str, statement: str) -> None:
    before = furnished.everything()
    with (pytest.raises(Refused, match="constraints refuse it"),
          writing(make_engine(parse_url(store_url))) as connection):
        connection.exec_driver_sql(statement)
    assert furnished.everything() == before


def test_grants_go_with_a_member_who_owns_nothing(
    furnished: Live, store_url: str
) -> None:
    with writing(make_engine(parse_url(store_url))) as connection:
        connection.exec_driver_sql("UPDATE content SET owner = NULL")
        connection.exec_driver_sql("DELETE FROM members WHERE email = 'sam@acme.example'")
        for table in ("member_projects", "member_groups", "member_spaces"):
            left = connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar()
            assert left == 0, table
    assert furnished.person("sam") is None

