"""Intent: what proofs take from the declarations."""

from __future__ import annotations

from pathlib import Path

from groundwork.proofs.intent import Account, read_intent

ROOT = Path(__file__).resolve().parents[2]


def test_groups_and_images_come_from_the_declarations() -> None:
    """The organisation's groups, the tenants', and the tags of our own images."""
    intent = read_intent(ROOT)

    assert {"platform-operators", "team-a", "team-b-operators"} <= intent.groups
    assert set(intent.images) >= {"s5cmd", "web-search"}


def test_accounts_come_with_the_quotas_that_were_declared(tmp_path: Path) -> None:
    """What is no whole number is left out, as is everything of a file that cannot be read."""
    (tmp_path / "clusters").mkdir()
    (tmp_path / "clusters/a.yaml").write_text(
        'account: "1"\nregion: us-east-1\nquotas: {g-spot: 8, p-spot: many}\n', encoding="utf-8"
    )
    (tmp_path / "clusters/b.yaml").write_text("account: [")

    accounts = read_intent(tmp_path).accounts

    assert accounts["a"] == Account(number="1", region="us-east-1", quotas={"g-spot": 8})
    assert accounts["b"] == Account(number="", region="", quotas={})


def test_broken_declarations_leave_a_gap_and_no_traceback(tmp_path: Path) -> None:
    """Loading them says what is wrong; the proof goes on without."""
    (tmp_path / "fleet.yaml").write_text("groups: [")
    (tmp_path / "apps/tenants").mkdir(parents=True)
    (tmp_path / "apps/tenants/a.yaml").write_bytes(b"\xff")

    assert read_intent(tmp_path).groups == frozenset()
