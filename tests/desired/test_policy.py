"""policy.yaml: what it may say, what is refused at its place, and what is published about it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.desired.load import load
from reconciler.desired.nodes import read_nodes
from reconciler.desired.policy import (
    load_policy,
    load_with_policy,
    policy_beside,
    validate_with_policy,
)
from reconciler.desired.policy_shape import plain_policy, policy_fits, shape_findings
from reconciler.desired.schema import explain, policy_schema, schema_text
from reconciler.model.errors import InvalidInput, ReconcilerError
from reconciler.model.organization import ReceiverAccess
from reconciler.model.policy import BUILT_IN, Limit, Policy
from reconciler.model.values import frozen_map
from tests.desired.test_corpus import CORPUS
from tests.domain import ADA

ROOT = Path(__file__).parent.parent.parent
SCHEMA = policy_schema()
HEAD = "apiVersion: reconciler/v1\nkind: Policy\n"
ORG = """\
apiVersion: reconciler/v1
organization: acme
members:
  ada@acme.example: {role: admin}
"""
WHOLE = HEAD + """\
protected_members: [" Ada@Acme.Example "]
min_admins: 2
allowed_email_domains: [acme.example, Contractor.Example]
limits:
  removals: {count: 20, percent: 10}
  demotions: {count: 20}
  invitations: {count: 200}
  content_unassigned: {count: 0}
removals:
  default_receiver: null
  require_transfer: true
invitations: {expire_after_days: 30, resend_after_days: 7, max_sends: 3}
receiver_access: require
"""


def a_policy(folder: Path, text: str) -> Path:
    (folder / "org.yaml").write_text(ORG)
    path = folder / "policy.yaml"
    path.write_text(text)
    return path


def test_a_policy_is_read_with_everything_it_says(tmp_path: Path) -> None:
    declared = load_policy(a_policy(tmp_path, WHOLE))
    assert declared.policy == Policy(
        protected_members=frozenset({ADA}), min_admins=2,
        allowed_email_domains=frozenset({"acme.example", "contractor.example"}),
        limits=frozen_map({
            "removals": Limit(count=20, percent=10), "demotions": Limit(count=20),
            "invitations": Limit(count=200), "content_unassigned": Limit(count=0)}),
        receiver_access=ReceiverAccess.REQUIRE)
    assert str(declared.place("protected_members", ADA)) == "policy.yaml:3:21"


def test_what_a_policy_does_not_say_is_as_built_in(tmp_path: Path) -> None:
    assert load_policy(a_policy(tmp_path, HEAD)).policy == BUILT_IN


def test_no_domain_allowed_is_another_thing_than_every_domain(tmp_path: Path) -> None:
    none = load_policy(a_policy(tmp_path, HEAD + "allowed_email_domains: []\n")).policy
    assert none.allowed_email_domains == frozenset()
    assert not none.allows(ADA)
    assert BUILT_IN.allows(ADA)


def test_a_policy_is_found_beside_the_root_file_and_nowhere_else(tmp_path: Path) -> None:
    path = a_policy(tmp_path, HEAD)
    assert policy_beside(tmp_path) == policy_beside(tmp_path / "org.yaml") == path
    path.unlink()
    assert policy_beside(tmp_path) is None
    assert load_with_policy(load, tmp_path)[1] is None


def test_a_link_to_a_policy_that_is_gone_is_no_absence_of_one(tmp_path: Path) -> None:
    (tmp_path / "org.yaml").write_text(ORG)
    (tmp_path / "policy.yaml").symlink_to(tmp_path / "gone.yaml")
    with pytest.raises(InvalidInput) as refusal:
        load_with_policy(load, tmp_path)
    assert [f.rule for f in refusal.value.findings] == ["F01"]


def test_a_policy_from_elsewhere_is_named_from_the_folder_of_the_root_file(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "org"
    folder.mkdir()
    (folder / "org.yaml").write_text(ORG)
    elsewhere = tmp_path / "owned.yaml"
    elsewhere.write_text(HEAD + "min_admins: 0\n")
    with pytest.raises(InvalidInput) as refusal:
        load_with_policy(load, folder, str(elsewhere))
    assert [str(f.location) for f in refusal.value.findings] == ["../owned.yaml:3:13"]


def test_a_policy_that_protects_nobody_who_exists_earns_a_warning(tmp_path: Path) -> None:
    a_policy(tmp_path, HEAD + "protected_members: [ada@acme.example, ghost@acme.example]\n")
    (warning,) = validate_with_policy(tmp_path).findings
    assert (warning.rule, str(warning.severity), warning.subject) == (
        "L03", "warning", "ghost@acme.example")
    assert str(warning.location) == "policy.yaml:3:39"


def test_a_machine_that_does_not_exist_earns_a_warning(tmp_path: Path) -> None:
    """Misspelt, it would leave the real one to run whatever it likes."""
    a_policy(tmp_path, HEAD + "approvals: {automation: [gost@acme.example]}\n")
    warnings = {f.subject: f for f in validate_with_policy(tmp_path).findings}
    warning = warnings["gost@acme.example"]
    assert (warning.rule, str(warning.severity)) == ("L11", "warning")
    assert warning.what == "the policy names gost@acme.example as automation, who is not declared"
    assert str(warning.location) == "policy.yaml:3:26"


def approvable(folder: Path, approvals: str, *admins: str, manage: str = "authoritative"
               ) -> list[str]:
    """What is said of approvals where these are the admins."""
    path = a_policy(folder, f"{HEAD}approvals: {{{approvals}}}\n")
    (folder / "org.yaml").write_text(
        f"{ORG.partition('members')[0]}manage: {{members: {manage}}}\nmembers:\n"
        + "".join(f"  {a}@acme.example: {{role: admin}}\n" for a in admins)
        + "  sam@acme.example: {}\n")
    return [str(f) for f in validate_with_policy(path.parent).findings]


ALONE = ("policy.yaml:3:26: L11 warning: whatever automation runs needs approvals, and "
         "ada@acme.example is the only admin who could give them: nobody could approve what they "
         "propose, or what concerns them (declare one more admin, or have somebody apply by hand "
         "what nobody can approve)")


def test_a_machine_whose_runs_a_single_admin_would_approve_earns_a_warning(
    tmp_path: Path,
) -> None:
    assert approvable(tmp_path, "automation: [ci@acme.example]", "ada", "ci") == [ALONE]


def test_a_machine_that_is_no_admin_itself_earns_the_same(tmp_path: Path) -> None:
    assert approvable(tmp_path, "automation: [sam@acme.example]", "ada") == [ALONE]


def test_machines_alone_approve_nothing_for_each_other(tmp_path: Path) -> None:
    said, = approvable(tmp_path, "automation: [ada@acme.example, ci@acme.example]", "ada", "ci")
    assert said == (
        "policy.yaml:3:26: L11 warning: whatever automation runs needs approvals, and no admin is "
        "declared who is no automation (declare two admins, or have somebody apply by hand what "
        "nobody can approve)")


@pytest.mark.parametrize(("approvals", "admins", "manage"), [
    ("automation: [ci@acme.example]", ("ada", "bea", "ci"), "authoritative"),
    ("automation: [ci@acme.example], independent: false", ("ada", "ci"), "authoritative"),
    # Who all the admins are the file does not say.
    ("automation: [ci@acme.example]", ("ada", "ci"), "additive"),
    # Nothing needs approvals.
    ("required: false", ("ada",), "authoritative"),
], ids=["two people", "their own word counts", "others are not declared", "no machines"])
def test_approvals_that_somebody_could_give_earn_none(
    tmp_path: Path, approvals: str, admins: tuple[str, ...], manage: str
) -> None:
    assert approvable(tmp_path, approvals, *admins, manage=manage) == []


def test_the_published_schema_is_generated_from_the_documents() -> None:
    assert (ROOT / "schemas" / "policy.schema.json").read_text() == schema_text(SCHEMA)


def test_every_property_of_the_schema_is_described() -> None:
    for name, definition in [("file", SCHEMA), *SCHEMA["$defs"].items()]:
        assert definition["description"], name
        for key, part in definition["properties"].items():
            assert "description" in part or "$ref" in part, f"{name}.{key}"


@pytest.mark.parametrize("path", [None, *sorted(CORPUS.glob("policy-*/policy.yaml"))],
                         ids=lambda p: p.parent.name if p else "whole")
def test_schema_and_loading_accept_and_refuse_the_same_files(path: Path | None) -> None:
    data = WHOLE.encode() if path is None else path.read_bytes()
    root = read_nodes("policy.yaml", data).root
    assert root is not None
    document = plain_policy(root)
    assert (explain(document, SCHEMA) == []) is policy_fits(document)
    assert path is not None or policy_fits(document)


NUMBERS = st.one_of(st.integers(-2, 120), st.sampled_from([10**10, "3", None, True]))
LISTS = st.one_of(st.none(), st.lists(st.sampled_from(["a@a.example", "no", None]), max_size=2))
LIMITS = st.one_of(NUMBERS, st.fixed_dictionaries({}, optional={
    "count": NUMBERS, "percent": NUMBERS, "cuont": NUMBERS}))
FILES = st.fixed_dictionaries(
    {"apiVersion": st.sampled_from(["reconciler/v1"] * 9 + ["v2"])},
    optional={
        "kind": st.sampled_from(["Policy"] * 9 + ["Other"]), "min_admins": NUMBERS,
        "protected_members": LISTS, "receiver_access": st.sampled_from(["warn", "no", True]),
        "limits": st.one_of(st.none(), st.fixed_dictionaries({}, optional={
            "removals": LIMITS, "content_unassigned": LIMITS, "other": LIMITS})),
        "removals": st.fixed_dictionaries({}, optional={
            "default_receiver": st.sampled_from([None, "a@a.example", False]),
            "require_transfer": st.sampled_from([True, "true", None])}),
        "invitations": st.fixed_dictionaries({}, optional={
            "max_sends": NUMBERS, "resend_after_days": NUMBERS}),
        "approvals": st.one_of(st.none(), st.fixed_dictionaries({}, optional={
            "required": st.sampled_from([True, False, "true", None]),
            "independent": st.sampled_from([True, "no"]), "automation": LISTS,
            "autmation": LISTS})),
    })


@settings(max_examples=300, deadline=None)
@given(FILES)
def test_schema_validation_and_explanation_agree_on_any_document(document: Any) -> None:
    # JSON is YAML, so the explanations see the same document with positions.
    root = read_nodes("policy.yaml", json.dumps(document).encode()).root
    assert root is not None
    fine = policy_fits(document)
    assert (explain(document, SCHEMA) == []) is fine
    said = shape_findings("policy.yaml", root)
    assert (said == []) is fine, said


def test_all_that_is_wrong_with_both_files_is_told_at_once(tmp_path: Path) -> None:
    a_policy(tmp_path, HEAD + "min_admins: 0\n")
    (tmp_path / "org.yaml").write_text(ORG + "rolle: x\n")
    with pytest.raises(ReconcilerError) as refusal:
        load_with_policy(load, tmp_path)
    assert [f.rule for f in refusal.value.findings] == ["F05", "F23"]


def test_the_documented_policy_states_everything_and_is_one(tmp_path: Path) -> None:
    document = (Path(__file__).parent.parent.parent / "docs" / "policy.md").read_text()
    text = document.split("```yaml\n")[1].split("```")[0]
    path = tmp_path / "policy.yaml"
    path.write_text(text)
    assert load_policy(path).policy.approvals_required
    keys = {key for part in (SCHEMA, *SCHEMA["$defs"].values()) for key in part["properties"]}
    assert [key for key in sorted(keys) if f"{key}:" not in text] == []
