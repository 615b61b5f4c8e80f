"""Cache: what went into a rendering, down to the scripts that it carries as text."""

from __future__ import annotations

from pathlib import Path

from groundwork.render.cache import component_code


def test_a_changed_script_changes_the_code_of_its_component(tmp_path: Path) -> None:
    """No import leads to it: a ConfigMap holds its text."""
    module = tmp_path / "litellm.py"
    module.write_text("")
    script = tmp_path / "scripts" / "tenants.py"
    script.parent.mkdir()
    script.write_text("old")
    before = component_code(module)

    script.write_text("new")
    component_code.cache_clear()

    assert component_code(module) != before
