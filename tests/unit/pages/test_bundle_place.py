"""The place of a folder of pages: taken in one step, and tidy after a build was killed."""

from __future__ import annotations

from pathlib import Path

from influence.pages.bundle import replacing


def test_place_when_a_killed_build_left_a_half_then_it_goes_and_that_of_a_living_one_stays(tmp_path: Path) -> None:
    out = tmp_path / "pages"
    (tmp_path / ".pages.0123abcd.part").mkdir()
    with replacing(out) as first:
        (first / "index.html").write_text("first")
        with replacing(out) as second:
            (second / "index.html").write_text("second")
        assert (first / "index.html").exists(), "the second build did not take the first one's folder away"
    assert (out / "index.html").read_text() == "first"
    assert [entry.name for entry in tmp_path.iterdir()] == ["pages"]


def test_place_when_killed_between_the_two_steps_then_the_next_build_begins_with_the_earlier_folder(
    tmp_path: Path,
) -> None:
    out = tmp_path / "pages"
    for ending, text in (("old", "earlier"), ("part", "half")):
        (tmp_path / f".pages.0123abcd.{ending}").mkdir()
        (tmp_path / f".pages.0123abcd.{ending}" / "index.html").write_text(text)
    try:
        with replacing(out):
            raise RuntimeError("this build fails, too")
    except RuntimeError:
        pass
    assert (out / "index.html").read_text() == "earlier"
    assert [entry.name for entry in tmp_path.iterdir()] == ["pages"]
