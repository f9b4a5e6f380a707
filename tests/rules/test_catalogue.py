"""One catalogue of rules, whole, in order, and the same in code, documents and messages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reconciler.model.operations import OPERATION_OF_KIND, OPERATIONS, Login, RemoveMember, SetRole
from reconciler.model.roles import Role
from reconciler.rules.catalogue import RULE_BY_ID, RULES, judge
from reconciler.rules.table import rules_markdown
from tests.domain import ADA, NOW, SAM, an_org

ROOT = Path(__file__).parents[2]

# Section 4 of the domain's description.
DOMAIN = {
    "R01": "email-is-key", "R02": "known-references", "R03": "tier-feature",
    "R04": "project-level-switch", "R05": "default-project-accessible",
    "R10": "actor-joined", "R11": "add-remove", "R12": "admin-grants-admin",
    "R13": "manager-scope", "R14": "admin-only", "R15": "no-self-change",
    "R16": "space-membership", "R17": "projects",
    "R20": "last-admin", "R21": "group-floor", "R22": "no-orphan-grant",
    "R30": "receiver-joined", "R31": "receiver-active", "R32": "receiver-access",
    "R33": "transfer-before-remove", "R34": "irreversible",
    "R40": "requests-enabled",
    "R50": "migration-preconditions",
}
POLICY = {
    "L01": "everybody", "L02": "removals", "L03": "protected-member", "L04": "min-admins",
    "L05": "allowed-email-domain", "L06": "demotions", "L07": "invitations",
    "L08": "content-unassigned", "L09": "invitation-sends", "L10": "on-purpose",
    "L11": "approved", "L12": "account-of-one",
}


def test_every_rule_of_the_domain_is_in_the_catalogue_under_its_name() -> None:
    assert {rule.id: rule.name for rule in RULES} == DOMAIN | POLICY
    assert [rule.id for rule in RULES] == [*sorted(DOMAIN), *sorted(POLICY)]
    assert set(RULE_BY_ID) == set(DOMAIN | POLICY)


def test_the_documented_rules_are_the_rules_of_the_code() -> None:
    assert (ROOT / "docs" / "rules.md").read_text() == rules_markdown()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_is_documented_where_it_is_written(rule: object) -> None:
    check = RULE_BY_ID[rule.id].check  # type: ignore[attr-defined]
    assert (check.__doc__ or "").startswith(rule.id)  # type: ignore[attr-defined]


def test_every_rule_that_code_cites_exists() -> None:
    cited = {
        found
        for path in (ROOT / "src").rglob("*.py")
        for found in re.findall(r"\b[RL]\d\d\b", path.read_text())
    }
    assert cited <= {*DOMAIN, *POLICY}


def test_every_rule_names_kinds_of_operations_that_exist() -> None:
    for rule in RULES:
        assert set(rule.applies_to) <= set(OPERATIONS), rule.id
    assert len(OPERATION_OF_KIND) == len(OPERATIONS)


def test_without_an_actor_nobodys_authority_is_asked() -> None:
    org = an_org().admin("ada").member("sam")
    found = judge(org.world, RemoveMember(ADA), actor=None, now=NOW)
    assert {f.rule for f in found} == {"R20"}


def test_every_violation_is_told_at_once_each_with_a_way_out() -> None:
    org = an_org().admin("ada").member("sam")
    found = org.judged(SetRole(ADA, Role.MANAGER), by="sam")
    assert {f.rule for f in found} == {"R04", "R12", "R13", "R20"}
    assert all(f.what and f.how and f.subject == ADA for f in found)


def test_an_operation_that_no_rule_forbids_has_no_findings() -> None:
    assert an_org().admin("ada").member("sam").judged(Login(SAM)) == []
