"""Headers of saved files: what is accepted, what is refused, and how all of it is told."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from saved_files import REPORT, put, saved

from influence.queries import Library, SavedQuery
from influence.queries.findings import Finding
from influence.queries.header import KINDS, Header, Split, read_header, split


def findings(root: Path, content: str, file: str = "reports/friends.cypher") -> list[str]:
    found = Library((root,)).read(put(root, file, content))
    assert isinstance(found, list), "the file was accepted"
    return [str(finding) for finding in found]


def test_header_when_complete_then_every_key_is_typed(tmp_path: Path) -> None:
    header = REPORT.replace(
        "// key ",
        '// format = 1\n// timeout = "90s"  # a remark\n//\n// revision = 3\n// needs = ["friend_count"]\n'
        '// chart = { mark = "bar", x = "customer_id", y = "friends" }\n// key ',
    )
    query = saved(tmp_path, header)
    assert (query.kind, query.name, query.header.timeout, query.header.revision) == ("report", "friends", 90.0, 3)
    assert query.header.chart is not None and query.header.chart.y == "friends"
    assert query.header.params["limit"].default == 25
    assert list(query.header.columns) == ["customer_id", "friends"]
    assert query.text.startswith("MATCH (c:Customer)")
    assert header.split("\n")[query.line - 1].startswith("MATCH (c:Customer)")


def test_header_when_a_key_is_misspelt_then_line_and_closest_key_are_named(tmp_path: Path) -> None:
    assert findings(tmp_path, REPORT.replace("// title   ", "// titel   ", 1)) == [
        "reports/friends.cypher:1  IC001  missing key `title`",
        "reports/friends.cypher:2  IC001  unknown key `titel`; did you mean `title`?",
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('type = "int", default = 25', 'type = "int", default = "25"', "8  IC001  `params.limit`: `default` is not of"),
        ("default = 25, min = 1", "default = 0, min = 1", "8  IC001  `params.limit`: `default` must be at least 1"),
        (
            '"int", default = 25, min = 1, max = 10000',
            '"list[int]", default = [2], min = [1]',
            "8  IC001  `params.limit`: `min` and `max` do not apply to type `list[int]`",
        ),
        (
            '"int", default = 25, min = 1, max = 10000',
            '"datetime", default = 0001-01-01T00:00:00+14:00',
            "8  IC001  `params.limit` is not a time",
        ),
        (
            '// category = "reach"',
            "// " + ".".join("a" * 102) + " = 1",
            "5  IC001  the header is not valid TOML: a line has more than",
        ),
        ("min = 1, max = 10000", "min = 9, max = 1", "8  IC001  `params.limit`: `min` is above `max`"),
        ('{ type = "int", title', '{ type = "integer", title', "12  IC001  `columns.friends.type`: input should be"),
        ('title = "Friends" }', 'titel = "Friends" }', "12  IC001  unknown key `columns.friends.titel`; did you mean"),
        ('title = "Friends" }', 'title = "F", format = "%q%" }', "12  IC001  `columns.friends`: "),
        (
            'title = "Friends" }',
            'title = "F", format = "99999999d" }',
            "12  IC001  `columns.friends`: `format` is wider",
        ),
        ('["customer_id"]', '["customer"]', "1  IC001  `key` names `customer`, which is not in `[columns]`"),
        ("// limit ", "// run ", "1  IC001  `$run` is supplied by the code"),
        ("// limit ", "// Limit ", "8  IC001  the name `params.Limit` must be lower-case"),
        ('// category = "reach"\n', "", "1  IC001  a report needs `category`"),
        (
            '// category = "reach"',
            '// severity = "warn"\n// category = "reach"',
            "5  IC001  `severity` does not belong to",
        ),
        ('// category = "reach"', '// timeout = "soon"\n// category = "reach"', "5  IC001  `timeout` is not a length"),
        ('// category = "reach"', '// timeout = "2h"\n// category = "reach"', "5  IC001  `timeout`"),
        ('// category = "reach"', '// maturity = "deprecated"\n// category = "reach"', "a deprecated file says"),
        ('// category = "reach"', "// category = reach", "5  IC001  the header is not valid TOML"),
        (
            '// category = "reach"',
            '// category = "a"\n// category = "b"',
            "IC001  the header is not valid TOML: cannot",
        ),
        (
            '// category = "reach"',
            '// procedures = ["gds.graph.list()"]\n// category = "r"',
            "5  IC001  `procedures.0`",
        ),
        ("// ///\nMATCH", "MATCH", "13  IC001  the header is not closed by a line `// ///`"),
        ("// /// report", "// /// raport", "1  IC001  unknown kind `raport`; did you mean `report`?"),
        ("// /// report", "//// report", "1  IC001  no header"),
        ("// /// report", "// /// load", "a load does not belong in the folder `reports`"),
    ],
)
def test_header_when_wrong_then_told_with_file_and_line(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert old in REPORT
    told = findings(tmp_path, REPORT.replace(old, new, 1))
    assert any(expected in line for line in told), told


def test_header_when_much_is_wrong_then_all_of_it_is_told(tmp_path: Path) -> None:
    told = findings(tmp_path, "// /// check\n// titel = 'x'\n// severity = 'bad'\n// ///\nRETURN 1\n")
    assert len(told) >= 6


def test_header_when_thousands_are_wrong_then_the_first_hundred_are_told_and_the_rest_counted(tmp_path: Path) -> None:
    told = findings(tmp_path, REPORT.replace("// title", "\n".join(f"// k{i} = 1" for i in range(3000)) + "\n// title"))
    assert len(told) == 101
    assert "reports/friends.cypher:1  IC001  2900 more problems in the header" in told


@pytest.mark.parametrize("name", ["Friends", "two words", "a_b", "-a", "a--b", "ünder"])
def test_file_when_not_kebab_case_then_refused(tmp_path: Path, name: str) -> None:
    assert any("the name" in line for line in findings(tmp_path, REPORT, f"reports/{name}.cypher"))


@pytest.mark.parametrize("letter", ["\\u001b", "\\u009b", "\\u0007", "\\u007f", "\\r"])
@pytest.mark.parametrize(
    ("old", "new", "line", "field"),
    [
        ('"Friends"\n', '"{}Friends"\n', 2, "title"),
        ("Customers with", "{}Customers with", 3, "summary"),
        ("Who knows", "{}Who knows", 4, "question"),
        ('"reach"', '"{}reach"', 5, "category"),
        ("// key ", '// owner = "{}"\n// key ', 6, "owner"),
        ("Two-letter", "{}Two-letter", 9, "params.country.help"),
        ('title = "Friends" }}', 'title = "Friends", unit = "{}" }}', 12, "columns.friends.unit"),
        ('title = "Friends" }}', 'title = "Friends", help = "{}" }}', 12, "columns.friends.help"),
    ],
)
def test_header_when_a_text_holds_a_control_character_then_file_line_and_field_are_named(
    tmp_path: Path, old: str, new: str, line: int, field: str, letter: str
) -> None:
    content = REPORT.replace(old.replace("}}", "}"), new.format(letter), 1)
    breaks = " or a line break" if field == "title" else ""
    assert findings(tmp_path, content) == [
        f"reports/friends.cypher:{line}  IC001  `{field}` holds a control character{breaks}"
    ]


@pytest.mark.parametrize("value", ['default = "\\u001b"', 'choices = ["", "\\u009b"], default = ""'])
def test_header_when_a_value_that_is_offered_holds_a_control_character_then_refused(tmp_path: Path, value: str) -> None:
    (found,) = findings(tmp_path, REPORT.replace('"str", default = ""', f'"str", {value}'))
    assert "holds a control character" in found and found.isprintable()


def test_header_when_a_text_has_several_lines_then_accepted(tmp_path: Path) -> None:
    assert "\n" in saved(tmp_path, REPORT.replace("with many", "\\n\\twith many")).header.summary


def test_finding_when_it_quotes_an_escape_then_printed_without(tmp_path: Path) -> None:
    (found,) = findings(tmp_path, REPORT.replace("// key ", '// "\\u001b]0;owned\\u0007" = 1\n// key '))
    assert "unknown key `?]0;owned?`" in found


def test_segment_when_key_is_not_the_customer_then_refused(tmp_path: Path) -> None:
    content = REPORT.replace("/// report", "/// segment").replace('["customer_id"]', '["customer_id", "friends"]')
    assert any("key of a segment" in line for line in findings(tmp_path, content, "segments/friends.cypher"))


@pytest.mark.parametrize(
    "toml",
    [
        "x = " + "[" * 3000,
        "x = " + "{a=" * 3000,
        "x = 1" + "0" * 5000,
        "a." * 3000 + "b = 1",
        "title = '''\x00'''",
        "[params]\n" + "\n".join(f"p{i} = {{ type = 'int' }}" for i in range(2000)),
        "title = 2026-01-01",
        "params = 3\ncolumns = []\nchart = 'x'\nneeds = 7\n",
        "[params]\nx = { type = 'date', default = 'x' }\ny = { type = 'duration', default = 3, min = 'q' }",
        "[params]\nx = { type = 'int', default = 99999999999999999999 }",
        "[params]\nx = { type = 'int', min = 'a', max = 3, choices = [[]], default = {} }",
        "[params]\nx = { type = 'float', default = nan, min = inf }",
        "[params]\nx = { type = 'datetime', default = 2026-01-01T00:00:00, max = 2027-01-01T00:00:00+01:00 }",
        "[params]\nx = { type = 'date', default = 2026-01-01T00:00:00 }",
        "[params]\nx = { type = 'date', min = 2026-01-01, max = 'x' }",
        "[params]\nx = { type = 'list[int]', default = [1, 'a'], min = 1 }",
        "[params]\nx = { type = 'list[int]', default = [2], min = [1] }",
        "[params]\nx = { type = 'list[str]', max = ['a'], default = ['b'] }",
        "[params]\nx = { type = 'datetime', default = 0001-01-01T00:00:00+14:00 }",
        "[params]\nx = { type = 'datetime', choices = [9999-12-31T23:59:59-14:00] }",
        ".".join("a" * 20_000) + " = 1",
        "[" + ".".join("a" * 20_000) + "]",
        "x = {" + ".".join(["'a'"] * 10_000) + " = 1}",
        "x = [1,\n[" + " " * 60_000 + "\n1]]",
        "\n".join(f"k{i} = 1" for i in range(6000)),
    ],
)
def test_header_when_hostile_then_findings_or_a_header_but_no_crash(toml: str) -> None:
    result = read_header(Split("report", toml, "", 1), "reports/x.cypher")
    assert isinstance(result, Header) or all(finding.rule == "IC001" for finding in result)


def test_file_when_huge_or_not_utf8_then_told(tmp_path: Path) -> None:
    path = tmp_path / "reports" / "x.cypher"
    path.parent.mkdir()
    path.write_bytes(b'// /// report\n// title = "\xff"\n')
    found = Library((tmp_path,)).read(path)
    assert isinstance(found, list) and str(found[0]) == "reports/x.cypher:2  IC001  is not UTF-8 (byte 26)"
    path.write_bytes(b"// " * 200_000)
    found = Library((tmp_path,)).read(path)
    assert isinstance(found, list) and "more than" in found[0].text


@given(st.text(max_size=300))
@settings(deadline=None, max_examples=300)
def test_split_when_given_any_text_then_parts_or_findings(content: str) -> None:
    result = split(content, "reports/x.cypher")
    assert isinstance(result, Split) or all(isinstance(finding, Finding) and finding.line >= 1 for finding in result)


SCALARS = st.one_of(
    st.text(max_size=8).map(lambda text: "'" + "".join(c for c in text if c.isprintable() and c != "'") + "'"),
    st.integers().map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(lambda value: f"{value:.6f}"),
    st.booleans().map(lambda value: str(value).lower()),
    st.dates(min_value=date(1000, 1, 1)).map(str),
    st.just("[]"),
    st.just("{}"),
)
KEYS = st.sampled_from([*Header.model_fields, "titel", "type", "min", "max", "default", "choices"])
INLINE = st.dictionaries(
    st.sampled_from(["type", "default", "optional", "min", "max", "choices", "choices_query", "help", "title", "x"]),
    st.one_of(
        SCALARS, st.sampled_from(["'int'", "'str'", "'date'", "'datetime'", "'duration'", "'list[int]'", "'28d'"])
    ),
    max_size=5,
).map(lambda found: "{ " + ", ".join(f"{key} = {value}" for key, value in found.items()) + " }")


@given(
    st.sampled_from(KINDS),
    st.dictionaries(KEYS, st.one_of(SCALARS, INLINE), max_size=6),
    st.dictionaries(st.sampled_from(["a", "b", "Run", "run", "limit"]), INLINE, max_size=3),
)
@settings(deadline=None, max_examples=400)
def test_read_header_when_given_any_values_then_a_header_or_findings(
    kind: str, top: dict[str, str], params: dict[str, str]
) -> None:
    lines = [f"{key} = {value}" for key, value in top.items() if key != "params"]
    lines += ["[params]", *(f"{key} = {value}" for key, value in params.items())]
    parts = Split(kind, "\n".join(lines), "RETURN 1", len(lines) + 3)  # type: ignore[arg-type]
    result = read_header(parts, "reports/x.cypher")
    if isinstance(result, Header):
        for parameter in result.params.values():
            if parameter.default is not None:
                assert parameter.bind(parameter.default) == parameter.default
    else:
        assert result
        assert all(finding.text and 1 <= finding.line <= len(lines) + 2 for finding in result)


def test_times_in_a_header_when_written_as_text_or_toml_then_values(tmp_path: Path) -> None:
    content = REPORT.replace(
        "// [columns]",
        '// day = { type = "date", default = 2026-02-01, min = "2026-01-01" }\n'
        '// at = { type = "datetime", default = "2026-02-01T10:00:00+02:00" }\n'
        '// window = { type = "duration", default = "28d", max = "1000d" }\n// [columns]',
    )
    bound = saved(tmp_path, content).bind({})
    assert bound["day"] == date(2026, 2, 1)
    assert bound["at"] == datetime(2026, 2, 1, 8, tzinfo=UTC)
    assert bound["window"] == timedelta(days=28)


def test_checksum_when_line_endings_or_header_change_then_the_same(tmp_path: Path) -> None:
    unix = saved(tmp_path / "a")
    dos = saved(tmp_path / "b", REPORT.replace("\n", "\r\n"))
    retitled = saved(tmp_path / "c", REPORT.replace('"Friends"', '"Other"', 1))
    changed = saved(tmp_path / "d", REPORT.replace("DESC", "ASC"))
    assert unix.checksum == dos.checksum == retitled.checksum != changed.checksum


@given(st.binary(max_size=400))
@settings(deadline=None, max_examples=200)
def test_file_when_of_any_bytes_then_read_without_a_crash(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    path = tmp_path_factory.mktemp("library") / "reports" / "x.cypher"
    path.parent.mkdir()
    path.write_bytes(b"// /// internal\n// title = 'x'\n" + raw)
    assert isinstance(Library((path.parents[1],)).read(path), SavedQuery | list)
