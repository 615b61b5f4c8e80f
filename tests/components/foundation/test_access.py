"""Access: people's roles hold no secrets and no globs."""

from __future__ import annotations

from typing import Any

from groundwork.components.foundation.access import Access


def test_people_see_no_secrets_and_run_nothing_in_pods(render: Any, site: Any, find: Any) -> None:
    """Neither role reads Secrets, opens a shell, or says `*` (playbook finding 10)."""
    rendering = render(Access, site("prod-us-east-1"))

    for name in ("agent-viewer", "agent-operator"):
        rules = find(rendering, "ClusterRole", name)["rules"]
        resources = {resource for rule in rules for resource in rule["resources"]}
        assert not resources & {"secrets", "pods/exec", "pods/attach", "*"}
        assert not any("*" in rule["verbs"] or "*" in rule["apiGroups"] for rule in rules)


def test_viewers_read_no_logs(render: Any, site: Any, find: Any) -> None:
    """Logs hold prompts and answers."""
    rules = find(render(Access, site("prod-us-east-1")), "ClusterRole", "agent-viewer")["rules"]

    assert not any("pods/log" in rule["resources"] for rule in rules)


def test_a_tenants_groups_are_bound_in_its_own_namespace_only(render: Any, site: Any) -> None:
    """A tenant's operators operate what is theirs."""
    rendering = render(Access, site("prod-us-east-2"))

    bound = {
        (made.body["metadata"]["namespace"], subject["name"])
        for made in rendering.objects
        if made.body["kind"] == "RoleBinding"
        for subject in made.body["subjects"]
    }
    assert {namespace for namespace, group in bound if group.startswith("team-b")} == {"tenant-team-b"}
