"""A file of TOML that is wrong, or hostile, is refused with the place, in time that grows with its length."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from influence.toml import InvalidToml, key_lines, line_of, read_toml


def test_a_table_is_read_with_and_without_a_byte_order_mark() -> None:
    assert read_toml("a = 1\n") == read_toml(b"\xef\xbb\xbfa = 1\r\n") == {"a": 1}


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        (b"a = 1\nb = x\n", 2, "invalid value"),
        (b"a = 1\nb = ", 2, "invalid value"),
        (b'a = 1\nb = "x', 2, ""),
        (b"a = \xff", None, "byte 5 is not UTF-8"),
        (b"a = 1\n" + b".".join([b"b"] * 20_000) + b" = 1\n", 2, "more than 100 dots"),
        (b"a = " + b"[" * 20_000, None, "nested too deeply"),
        (b"a = " + b"9" * 5_000, None, "a number is too long"),
        (b"a = 1\na = 2\n", 2, "cannot overwrite a value"),
        (b"a = 2026-02-30\n", 1, "invalid date"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(content: bytes, line: int | None, reason: str) -> None:
    with pytest.raises(InvalidToml) as caught:
        read_toml(content)
    assert caught.value.line == line
    assert reason in caught.value.reason
    assert (f"(line {line})" in str(caught.value)) == (line is not None)


@given(st.binary(max_size=60) | st.text(max_size=60))
def test_anything_is_read_or_refused_in_printable_words(content: bytes | str) -> None:
    try:
        assert isinstance(read_toml(content), dict)
    except InvalidToml as error:
        assert error.reason and str(error).isprintable()


def test_lines_when_sections_repeat_or_keys_are_dotted_then_each_is_found_from_the_first_line_on() -> None:
    text = 'a.b = 1\n[[load]]\nfolder = "x"\n\n[[load]] # more\n"folder" = "\u2028"\n[load.inner]\nc=1\n'
    lines = key_lines(text, first=2)
    assert lines[("a",)] == lines[("a", "b")] == 2
    assert (lines[("load", 0, "folder")], lines[("load", 1, "folder")], lines[("load", 1, "inner", "c")]) == (4, 7, 9)
    assert line_of(("load", 1, "folder", 3), lines) == 7
    assert line_of(("load", 0, "other"), lines) == 3
    assert (line_of(("nothing",), lines), line_of(("nothing",), lines, 1)) == (0, 1)
