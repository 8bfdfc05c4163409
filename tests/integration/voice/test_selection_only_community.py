"""A community that good customers join and that changes nothing: found raw, not found matched, through the graph."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from influence.compute import STAGES, compute_run
from influence.graph import Graph
from influence.load import LoadOptions, PseudonymKey, load_folder
from influence.progress import Silent
from influence.report.running import run_report
from influence.worlds.shop.files import write_shop
from influence.worlds.shop.simulation import make_shop

pytestmark = pytest.mark.integration

NEEDED = ("customers", "products", "topics", "product_topics", "purchases", "referrals", "groups", "memberships")


def test_members_of_the_shop_when_compared_raw_then_a_lift_and_matched_none(graph: Graph, tmp_path: Path) -> None:
    folder = write_shop(make_shop(3), tmp_path / "shop")
    for file in folder.glob("*.csv"):
        if file.stem not in (*NEEDED, "friendships"):
            file.unlink()
    # ties do not matter here; a file of them is needed, and its header is enough
    (folder / "friendships.csv").write_text("customer_id,friend_id\n")
    load_folder(
        graph, folder, LoadOptions(), PseudonymKey(tmp_path / "key"), Silent(), datetime(2026, 11, 22, tzinfo=UTC)
    )
    kept = [stage for stage in STAGES if stage[0] in ("referral", "voice")]
    assert len(kept) == 2
    compute_run(graph, stages=kept, run_id="shop")
    table = run_report(graph, "members-against-others")
    rows = {row["figure"]: row for row in (table.record(place) for place in range(len(table.rows)))}
    assert rows["raw difference, %"]["value"] >= 30.0
    lift = rows["matched lift, %"]
    assert lift["low"] <= 0.0 <= lift["high"]
    assert -25.0 < lift["low"] and lift["high"] < 25.0, "an interval that excludes nothing proves nothing"
    assert rows["members compared"]["value"] > 300
    assert "no change" in lift["meaning"]
