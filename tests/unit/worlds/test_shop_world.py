"""The shop as a world: made by the command, judged by the evaluation."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from influence.cli.main import app
from influence.errors import UsageProblem
from influence.worlds.evaluation import evaluate


def test_make_when_the_shop_is_asked_for_then_data_truth_and_addresses(tmp_path: Path) -> None:
    out = tmp_path / "shop"
    result = CliRunner().invoke(app, ["world", "make", "--world", "SHOP", "--seed", "3", "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert "shop, seed 3" in result.stderr
    assert json.loads((out / "truth" / "facts.json").read_text())["seed"] == 3
    assert {"customers", "purchases", "referrals", "responses", "contacts"} <= {path.stem for path in out.glob("*.csv")}
    assert (out / "audience" / "addresses.csv").is_file()


def test_evaluate_when_the_shop_is_asked_for_then_its_targets_are_met() -> None:
    found = evaluate(("SHOP",), (1, 2))
    assert found.targets["id"].tolist() == ["K20", "K20", "K22", "K22"]
    assert found.targets["world"].unique().tolist() == ["SHOP"]
    found.require()
    assert list(found.tables) == ["The shop: referrals and community"]
    value = found.measures.set_index(["seed", "measure"])["value"]
    # counting everybody who was referred is wrong by about as much as was planted, so the target can fail
    assert value[1, "referral.naive_to_truth"] > 1.6
    assert isinstance(found.tables["The shop: referrals and community"], pd.DataFrame)


@pytest.mark.parametrize("label", ["SHOP/300", "shop"])
def test_evaluate_when_the_label_is_no_world_then_the_shop_is_named_among_them(label: str) -> None:
    with pytest.raises(UsageProblem, match="no world named") as caught:
        evaluate((label,), (1,))
    assert "SHOP" in (caught.value.hint or "")
