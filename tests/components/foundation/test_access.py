"""Access: people's roles hold no secrets and no globs."""

from __future__ import annotations

from typing import Any

from groundwork.components.foundation.access import Access


def test_people_see_no_secrets_and_run_nothing_in_pods(render: Any, site: Any, find: Any) -> None:
    """No role reads Secrets, opens a shell, or says `*` (playbook finding 10)."""
    rendering = render(Access, site("prod-us-east-1"))

    for name in ("agent-viewer", "agent-operator", "agent-admin"):
        rules = find(rendering, "ClusterRole", name)["rules"]
        resources = {resource for rule in rules for resource in rule["resources"]}
        assert not resources & {"secrets", "pods/exec", "pods/attach", "*"}
        assert not any("*" in rule["verbs"] or "*" in rule["apiGroups"] for rule in rules)


def rights(role: dict[str, Any]) -> set[tuple[str, str, str]]:
    """Group, resource and verb of everything that a role allows."""
    return {
        (group, resource, verb)
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def test_each_role_holds_the_one_before_it_and_more(render: Any, site: Any, find: Any) -> None:
    """Nobody has to be in two groups; nobody is in one that is another's double."""
    rendering = render(Access, site("prod-us-east-1"))

    viewer, operator, admin = (
        rights(find(rendering, "ClusterRole", f"agent-{name}")) for name in ("viewer", "operator", "admin")
    )

    assert viewer < operator < admin


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
