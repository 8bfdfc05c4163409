"""Dataset folders of worlds, the shop and the demo: there whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from influence.demo.lastfm import write_lastfm
from influence.errors import UsageProblem
from influence.worlds.dataset import write_dataset
from influence.worlds.files import write_world
from influence.worlds.shop.files import write_shop
from influence.worlds.shop.simulation import make_shop
from influence.worlds.world import make_world

WRITERS: dict[str, Callable[[Path], object]] = {
    "world": lambda out: write_world(make_world("A", 1, customers=200, products=20), out),
    "shop": lambda out: write_shop(make_shop(1, customers=200), out),
    "lastfm": write_lastfm,
}


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_folder_when_the_place_cannot_be_written_then_said_with_exit_2(
    write: Callable[[Path], object], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UsageProblem, match="cannot write") as caught:
        write(tmp_path / "file" / "data")
    assert caught.value.code == "output-unwritable" and caught.value.hint


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_folder_when_the_writing_is_cut_off_then_nothing_is_there_and_the_next_one_is_whole(
    write: Callable[[Path], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = pd.DataFrame.to_csv

    def cut_off(self: pd.DataFrame, path: Path, **options: Any) -> None:
        whole(self, path, **options)
        if Path(path).name == "purchases.csv":
            Path(path).write_bytes(Path(path).read_bytes()[:1000])
            raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(pd.DataFrame, "to_csv", cut_off)
        write(tmp_path / "data")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / ".data.partial").mkdir()  # of a process that had no time to tidy up
    (tmp_path / ".data.partial" / "returns.csv").write_text("half")
    write(tmp_path / "data")
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
    assert {"customers.csv", "purchases.csv"} <= {path.name for path in (tmp_path / "data").iterdir()}
    with pytest.raises(UsageProblem, match="not an empty folder"):
        write(tmp_path / "data")


def test_folder_when_one_file_cannot_be_written_then_none_is(tmp_path: Path) -> None:
    table = pd.DataFrame({"customer_id": ["a"]})
    with pytest.raises(UsageProblem, match="cannot write"):
        write_dataset(tmp_path / "data", {"customers": table, "x" * 300: table}, hint="")
    assert list(tmp_path.iterdir()) == []
