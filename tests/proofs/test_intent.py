"""Intent: what proofs take from the declarations."""

from __future__ import annotations

from pathlib import Path

from groundwork.proofs.intent import read_intent

ROOT = Path(__file__).resolve().parents[2]


def test_groups_and_images_come_from_the_declarations() -> None:
    """The organisation's groups, the tenants', and the tags of our own images."""
    intent = read_intent(ROOT)

    assert {"platform-operators", "team-a", "team-b-operators"} <= intent.groups
    assert set(intent.images) >= {"s5cmd", "web-search"}


def test_broken_declarations_leave_a_gap_and_no_traceback(tmp_path: Path) -> None:
    """Loading them says what is wrong; the proof goes on without."""
    (tmp_path / "fleet.yaml").write_text("groups: [")
    (tmp_path / "apps/tenants").mkdir(parents=True)
    (tmp_path / "apps/tenants/a.yaml").write_bytes(b"\xff")

    assert read_intent(tmp_path).groups == frozenset()
