"""What people do on the Members page, as commands."""

from __future__ import annotations

import hashlib
import json

import pytest

from reconciler.model.errors import Exit
from tests.cli.shell import ADA, BOB, KIM, SAM, Shell

PAT = "pat@elsewhere.example"


def test_init_says_what_was_created_and_keeps_every_setting(shell: Shell) -> None:
    out = shell.ok(f"live init acme --admin {ADA} --tier growth --project-level-permissions --sso "
                   "--no-managers-may-invite --receiver-access warn --name", "Acme & Co")
    assert out == f"Created acme on tier growth, with {ADA} as its admin.\n"
    settings = shell.run("live settings --format json").json
    assert settings == {
        "organization": "acme", "name": "Acme & Co", "tier": "growth",
        "project_level_permissions": True, "access_requests": False, "sso": True,
        "managers_may_invite": False, "managers_may_approve_requests": False,
        "receiver_access": "warn"}


def test_init_needs_no_actor_and_refuses_an_organization_that_exists(shell: Shell) -> None:
    shell.environment["RECONCILER_ACTOR"] = None
    shell.ok(f"live init acme --admin {ADA}")
    assert shell.run(f"live init acme --admin {ADA}").code == 4


def test_init_refuses_a_feature_that_the_tier_lacks(shell: Shell) -> None:
    ran = shell.run(f"live init acme --admin {ADA} --project-level-permissions")
    assert ran.code == 4
    assert "R03" in ran.err


def test_the_overview_stands_above_the_members(people: Shell) -> None:
    people.ok(f"live request-access {PAT} --name Pat")
    lines = people.ok("live members").splitlines()
    assert lines[0] == ("acme: 4 members in total, 3 joined, 1 pending, 1 requesting access")
    assert lines[2].split() == ["EMAIL", "STATE", "ROLE", "GROUPS", "PROJECTS", "LAST", "LOGIN",
                                "NAME"]
    assert lines[3].split() == [ADA, "joined", "admin", "0", "0", "2026-06-01"]
    assert [line.split()[0] for line in lines[3:]] == [ADA, BOB, KIM, PAT, SAM]


def test_members_can_be_asked_for_by_state(people: Shell) -> None:
    assert [m["email"] for m in people.run("live members --state pending --format json").json[
        "members"]] == [BOB]
    assert people.ok("live members --state requested").splitlines()[-1].startswith("acme: ")


def test_invited_people_carry_all_their_access_and_have_it_when_they_join(org: Shell) -> None:
    org.ok("live team create Data")
    org.ok("live space create growth --name Growth")
    org.ok("live group create analysts --project ios=member --space growth")
    org.ok(f"live invite {SAM} {KIM} --role user --project web=viewer --group analysts "
           "--space growth --team Data --default-project ios")
    assert org.ok(f"live join {SAM}") == f"+ {SAM}  joined\n"
    sam = org.run(f"live show {SAM} --format json").json
    assert sam["state"] == "joined"
    assert sam["effective_roles"] == {"ios": "member", "web": "viewer"}
    assert sam["team"] == "Data"
    assert sam["default_project"] == "ios"
    shown = org.ok(f"live show {SAM} group:analysts")
    assert "on ios           member (group analysts member)" in shown
    assert "group analysts\n" in shown
    assert f"members      2: {KIM}, {SAM}" in shown


def test_where_one_cannot_be_invited_nobody_is(people: Shell) -> None:
    ran = people.run(f"live invite new@acme.example {SAM}")
    assert ran.code == 4
    assert "R01" in ran.err
    assert "new@" not in people.ok("live members")


def test_emails_are_normalised_before_anything_sees_them(people: Shell) -> None:
    assert SAM in people.ok("live show", "  SAM@Acme.Example ")


def test_invitations_are_sent_again_and_revoked(people: Shell) -> None:
    assert people.ok(f"live resend {BOB}") == f"~ {BOB}  invitation sent again (sent 2 times)\n"
    assert people.ok(f"live revoke {BOB}") == f"- {BOB}  revoke the invitation (was user)\n"
    assert people.run(f"live join {BOB}").code == 4


def test_requests_are_approved_with_access_or_denied(people: Shell) -> None:
    other = "quin@elsewhere.example"
    people.ok(f"live request-access {PAT}")
    people.ok(f"live request-access {other}")
    assert people.ok(f"live approve {PAT} --project web=viewer") == (
        f"+ {PAT}  approve the request, as user; web viewer\n")
    assert people.run(f"live show {PAT} --format json").json["state"] == "joined"
    assert people.ok(f"live deny {other}") == f"- {other}  deny the request\n"


def test_roles_are_set_for_several_people_on_several_projects(people: Shell) -> None:
    out = people.ok(f"live set-role {SAM} {KIM} --project web --project ios --role member")
    assert out == (
        f"~ {SAM}  role on web: manager -> member\n"
        f"+ {SAM}  role on ios: none -> member\n"
        f"~ {KIM}  role on web: viewer -> member\n"
        f"+ {KIM}  role on ios: none -> member\n")
    assert people.ok(f"live set-role {SAM} --project ios --remove") == (
        f"- {SAM}  role on ios: member -> none\n")
    assert people.ok(f"live set-role {SAM} --role admin") == f"~ {SAM}  role: user -> admin\n"


def test_losing_the_last_role_on_the_default_project_says_so(people: Shell) -> None:
    people.ok(f"live set-profile {KIM} --default-project web")
    assert people.ok(f"live set-role {KIM} --project web --remove") == (
        f"- {KIM}  role on web: viewer -> none; clears the default project web\n")


def test_a_manager_may_do_what_the_rules_let_them(people: Shell) -> None:
    people.ok(f"live set-role {KIM} --project web --role member --as {SAM}")
    ran = people.run(f"live set-role {KIM} --project ios --role member --as {SAM}")
    assert ran.code == 4
    assert "R13" in ran.err


def test_profiles_are_set_and_cleared(people: Shell) -> None:
    people.ok("live team create Data")
    people.ok(f"live set-profile {SAM} --team Data --default-project web --name", "Sam <b>",
              RECONCILER_ACTOR=ADA)
    assert people.ok(f"live set-profile {SAM} --clear-name --clear-team --clear-default-project"
                     ) == (f'- {SAM}  name: "Sam <b>" -> none\n'
                           f"- {SAM}  team: Data -> none\n"
                           f"- {SAM}  default project: web -> none\n")


def test_groups_live_their_life(people: Shell) -> None:
    people.ok("live space create growth")
    people.ok("live group create analysts --project web=member --description", "Read all")
    assert people.ok(f"live group add analysts {SAM} {KIM}").count("group analysts") == 2
    people.ok("live group edit analysts --project ios=viewer --remove-project web --space growth "
              "--description Less")
    assert people.run("live group show analysts --format json").json == {
        "group": "analysts", "description": "Less", "projects": {"ios": "viewer"},
        "team_spaces": ["growth"], "members": [KIM, SAM]}
    people.ok(f"live group remove analysts {KIM}")
    assert "analysts  1" in people.ok("live group list")
    assert people.ok("live group delete analysts") == (
        "- group analysts  delete (had 1 member, gave ios viewer)\n")
    assert people.ok("live group list") == "None.\n"


def test_spaces_are_created_joined_and_left(people: Shell) -> None:
    people.ok("live space create growth --name Growth")
    people.ok("live space rename growth", "Growth & more")
    assert people.run("live space list --format json").json == [
        {"team_space": "growth", "name": "Growth & more"}]
    people.ok(f"live space join growth --as {SAM}")
    people.ok(f"live space join growth {KIM} --as {SAM}")
    assert "growth" in people.ok(f"live show {KIM}")
    assert people.ok(f"live space leave growth --as {SAM}") == f"- {SAM}  team space growth\n"


def test_projects_and_teams_are_listed(org: Shell) -> None:
    org.ok("live project rename web", "Web app")
    assert org.ok("live project list") == (
        "PROJECT  NAME\nios      iOS\nweb      Web app\n")
    org.ok("live team create Data Marketing")
    assert org.ok("live team list") == "Data\nMarketing\n"


def test_content_is_added_listed_and_transferred(people: Shell) -> None:
    people.ok(f"live content add funnel --kind chart --project web --as {SAM}")
    people.ok(f"live content add board --kind dashboard --project web --as {SAM}")
    assert people.ok(f"live transfer --from {SAM} --to {ADA} --kind chart --project web") == (
        f"> {SAM}  content of {SAM} to {ADA}: 1 item (1 chart in web); cannot be undone\n")
    listed = people.run("live content list --project web --format json").json
    assert [(i["id"], i["owner"]) for i in listed] == [("board", SAM), ("funnel", ADA)]
    assert people.ok(f"live content list --owner {SAM} --kind dashboard").startswith("1 item\n")


def test_removing_with_a_receiver_transfers_first_in_the_same_transaction(people: Shell) -> None:
    people.ok(f"live content add funnel --kind chart --project web --as {SAM}")
    out = people.ok(f"live remove {SAM} --transfer-to {ADA}")
    assert out.splitlines()[0].startswith("> ")
    assert out.splitlines()[1] == f"- {SAM}  remove (was user; web manager)"
    refused = people.run(f"live remove {KIM} {ADA} --transfer-to {KIM}")
    assert refused.code == 4
    assert KIM in people.ok("live members")


def test_removing_without_a_receiver_says_what_becomes_unassigned(people: Shell) -> None:
    people.ok(f"live content add funnel --kind chart --project web --as {SAM}")
    ran = people.run(f"live remove {SAM}").ok()
    assert "1 item (1 chart in web) becomes unassigned" in ran.out
    assert "leaves 1 content item unassigned: 1 chart in web" in ran.err
    assert f"reconciler live transfer --from unassigned --to EMAIL --as {ADA}" in ran.err
    assert "unassigned" in people.ok("live content list --owner unassigned")
    people.ok(f"live transfer --from unassigned --to {ADA}")


def test_settings_are_changed_together_in_an_order_that_the_rules_allow(org: Shell) -> None:
    org.ok("live settings --tier starter --no-project-level-permissions --no-access-requests")
    assert org.ok("live settings --tier growth --project-level-permissions --sso") == (
        "~ setting tier  starter -> growth\n"
        "~ setting project_level_permissions  off -> on\n"
        "~ setting sso  off -> on\n")
    assert "tier                           growth" in org.ok("live settings show")


def test_people_act_for_themselves_even_where_an_actor_is_set(people: Shell) -> None:
    assert people.ok(f"live login {SAM}", RECONCILER_ACTOR=KIM) == f"~ {SAM}  logged in\n"
    assert "No such option '--as'" in people.run(f"live login {SAM} --as {ADA}").err


def test_the_audit_log_tells_who_did_what(people: Shell) -> None:
    people.ok(f"live set-role {KIM} --project web --role member --as {SAM}")
    last = people.ok("audit --limit 1").split()
    assert last == ["2026-06-01", "12:00", "~", KIM, "role", "on", "web:", "viewer", "->",
                    "member", SAM, "by", "hand"]
    records = people.run("audit --limit 100 --format json").json
    assert [r["sequence"] for r in records] == list(range(1, len(records) + 1))
    whole, anchor = people.ok("audit verify").splitlines()
    assert whole == f"The audit log of acme is whole: {len(records)} records."
    assert anchor == f"Anchor: {len(records)}:{records[-1]['hash']}"
    noted = anchor.removeprefix("Anchor: ")
    assert people.ok(f"audit verify --anchor {noted}")
    assert people.run(f"audit verify --anchor 1:{records[-1]['hash']}").code == Exit.STALE


def test_records_are_looked_up_by_what_they_are_about(people: Shell) -> None:
    people.ok(f"live set-role {KIM} --project web --role member --as {SAM}")
    for asked in (f"--member {KIM}", "--project web", f"--actor {SAM}",
                  "--operation set-project-role",
                  "--by-hand --since 2026-06-01 --until 2026-06-01"):
        assert "role on web: viewer -> member" in people.ok(f"audit {asked}"), asked
    assert people.ok(f"audit --member {KIM} --since 2026-06-02") == "No records.\n"
    nobody = people.run("audit --member kin@acme.example")
    assert nobody.code == Exit.INVALID
    assert f"did you mean {KIM}?" in nobody.err
    assert people.run("audit --since yesterday").code == Exit.INVALID


def test_an_export_of_the_audit_log_carries_its_own_proof(people: Shell) -> None:
    lines = people.ok("audit --format jsonl").splitlines()
    previous = "0" * 64
    for line in lines:
        record = json.loads(line)
        sealed = [previous, "acme", *(record[k] for k in (
            "sequence", "at", "actor", "operation", "subject", "before", "after", "run"))]
        sealed += [record["target"]] if record["target"] is not None else []
        text = json.dumps(sealed, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert (record["previous_hash"], record["hash"]) == (
            previous, hashlib.sha256(text.encode()).hexdigest())
        previous = record["hash"]


@pytest.mark.parametrize("colour", ["always", "never", "auto"])
def test_colour_is_only_on_where_it_is_asked_for(people: Shell, colour: str) -> None:
    ran = people.run(f"live members --color {colour}")
    assert ("\x1b[" in ran.out) == (colour == "always")
    assert ADA in ran.out


def test_names_cannot_steer_the_terminal(org: Shell) -> None:
    # Stored by a version, or a hand, that let it through.
    import sqlite3

    stored = sqlite3.connect(org.folder / "live.db")
    stored.execute("update projects set name = ?", ("\x1b[2J\u202e|<script>\nfake line",))
    stored.commit()
    stored.close()
    out = org.ok("live project list")
    assert out.splitlines()[1] == "ios      \\x1b[2J\\u202e|<script>\\nfake line"


def test_a_store_of_this_version_needs_no_upgrade(org: Shell) -> None:
    assert org.run("live upgrade").ok().out == "The live store is up to date.\n"


@pytest.mark.parametrize(("line", "said"), [
    ("invite {0} {1} --project web=viewer", f"+ {PAT}  invite as user; web viewer\n"),
    ("login {2} {2}", f"~ {SAM}  logged in\n"),
    ("space join core {2} {2}", f"+ {SAM}  team space core\n"),
])
def test_somebody_named_twice_is_one_person(people: Shell, line: str, said: str) -> None:
    people.ok("live space create core")
    assert people.ok(f"live {line.format(PAT, PAT.upper(), SAM)}") == said


@pytest.mark.parametrize(("line", "what", "how"), [
    (f"resend {SAM}", f"{SAM} is joined, not pending", "they have joined"),
    (f"revoke {SAM}", f"{SAM} is joined, not pending", "they have joined"),
    (f"join {PAT}", f"{PAT} is requested, not pending", "`reconciler live approve`"),
    (f"login {PAT}", f"{PAT} is requested, not joined", "`reconciler live approve`"),
    (f"login {BOB}", f"{BOB} is pending, not joined", "they have to join first"),
    (f"join un{PAT}", f"un{PAT} is not in the organization (", "invite them first"),
    (f"deny {SAM}", f"{SAM} is joined, not requested", "only somebody who asked to join"),
])
def test_whoever_is_in_another_state_is_told_what_fits_that_state(
    people: Shell, line: str, what: str, how: str
) -> None:
    people.ok(f"live request-access {PAT}")
    ran = people.run(f"live {line}")
    assert ran.code == 4
    assert f"R01 {what}" in ran.err and how in ran.err


@pytest.mark.parametrize(("options", "said"), [
    ("--owner sma@acme.example", f"sma@acme.example is not in acme (did you mean {SAM}?)"),
    ("--project wbe", "there is no project wbe in acme (did you mean web?)"),
])
def test_a_selector_of_content_that_names_nothing_is_an_error(
    people: Shell, options: str, said: str
) -> None:
    ran = people.run(f"live content list {options}")
    assert (ran.code, ran.out, ran.err) == (3, "", f"error: {said}\n")
