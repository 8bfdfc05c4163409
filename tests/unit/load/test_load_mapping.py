"""Mappings: what they may say, and that everything wrong in one is said at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from influence.errors import ConfigError
from influence.load.mapping import read_mapping


def written(folder: Path, text: str) -> Path:
    path = folder / "mapping.toml"
    path.write_text(text, encoding="utf-8")
    return path


def problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read_mapping(written(folder, text))
    assert caught.value.hint
    found: list[str] = caught.value.details["problems"]
    return found


def test_no_mapping_changes_nothing() -> None:
    mapping = read_mapping(None)
    (section,) = mapping.files("purchases")
    assert section.file is None
    assert section.format.delimiter == ","
    assert mapping.source is None


def test_defaults_reach_every_file_and_sections_override_them(tmp_path: Path) -> None:
    mapping = read_mapping(
        written(
            tmp_path,
            'source = "shop"\n[defaults]\ndelimiter = ";"\nencoding = "cp1252"\n'
            '[purchases]\nfile = "orders.csv"\nencoding = "utf-8"\n'
            '[purchases.columns]\nat = { column = "Datum", format = "%d.%m.%Y" }\ncustomer_id = "Kunde"\n',
        )
    )
    assert mapping.source == "shop"
    (purchases,), (customers,) = mapping.files("purchases"), mapping.files("customers")
    assert (purchases.format.delimiter, purchases.format.encoding) == (";", "utf-8")
    assert (customers.format.delimiter, customers.format.encoding) == (";", "cp1252")
    assert purchases.columns["customer_id"].column == "Kunde"
    assert purchases.columns["at"].format == "%d.%m.%Y"


def test_encoding_of_the_command_line_wins(tmp_path: Path) -> None:
    path = written(tmp_path, '[purchases]\nencoding = "utf-8"\n')
    mapping = read_mapping(path, "latin-1")
    assert {mapping.files(name)[0].format.encoding for name in ("purchases", "customers")} == {"latin-1"}


def test_a_dataset_may_have_several_files(tmp_path: Path) -> None:
    mapping = read_mapping(written(tmp_path, '[[purchases]]\nfile = "a.csv"\n[[purchases]]\nfile = "b.csv"\n'))
    assert [str(part.file) for part in mapping.files("purchases")] == ["a.csv", "b.csv"]


def test_every_problem_is_named(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        'source = "a b"\n[purchase]\n[customers]\ndelimeter = ";"\n[follows.columns]\nfolower_id = "x"\n'
        '[products.columns]\nlaunched_at = { column = "d", format = "DD.MM.YYYY" }\n'
        '[defaults]\nencoding = "utf-9"\ntimezone = "Mars/Base"\ndecimal = ","\nthousands = ","\n',
    )
    text = "\n".join(found)
    assert "`[purchase]` is no dataset; did you mean `purchases`?" in found
    assert "`[customers]` unknown key `delimeter`; did you mean `delimiter`?" in found
    assert "`[follows]` has no column `folower_id`; did you mean `follower_id`?" in found
    assert "write a pattern such as `%d.%m.%Y`" in text
    assert "is no character encoding" in text
    assert "is no time zone" in text
    assert "`source` must be a short name" in text


def test_same_sign_for_decimals_and_thousands_is_refused(tmp_path: Path) -> None:
    assert "are the same sign" in problems(tmp_path, '[defaults]\ndecimal = ","\nthousands = ","\n')[0]


def test_column_and_constant_at_once_are_refused(tmp_path: Path) -> None:
    found = problems(tmp_path, '[topics.columns]\nname = "x"\n[topics.constants]\nname = "y"\n')
    assert found == ["`[topics]` `name` is both a column and a constant"]


def test_months_are_counted_from_a_day_that_every_month_has(tmp_path: Path) -> None:
    text = '[purchases.columns]\nat = { column = "m", format = "months since 2020-01-31" }\n'
    assert "a day up to 28" in problems(tmp_path, text)[0]


@pytest.mark.parametrize("text", ["[purchases", "file = orders.csv"])
def test_bad_toml_is_explained(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_mapping(written(tmp_path, text))
    assert caught.value.code == "mapping-invalid"


def test_missing_mapping_is_explained(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        read_mapping(tmp_path / "nowhere.toml")
    assert caught.value.code == "mapping-unreadable"


def test_checksum_follows_meaning_not_place(tmp_path: Path) -> None:
    one = read_mapping(written(tmp_path, '[purchases]\nfile = "a.csv"\n')).files("purchases")[0]
    two = read_mapping(written(tmp_path, '[purchases]\nfile = "b.csv"\n')).files("purchases")[0]
    three = read_mapping(written(tmp_path, '[purchases]\nfile = "b.csv"\nunit = "major"\n')).files("purchases")[0]
    assert one.checksum == two.checksum != three.checksum
