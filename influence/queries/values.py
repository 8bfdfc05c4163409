"""Texts from a command line or a header turned into typed values, strictly."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, Literal

__all__ = ["ParameterType", "accepts", "parse", "seconds"]

ParameterType = Literal[
    "str", "int", "float", "bool", "date", "datetime", "duration", "list[str]", "list[int]", "list[float]", "map",
    "list[map]",
]  # fmt: skip
"""Types a header may give to a parameter; the two with maps are for values that only code passes."""

INT64: Final = 2**63
UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def text(given: str) -> str:
    """Return the text itself: `007` stays `007`."""
    if any("\ud800" <= letter <= "\udfff" for letter in given) or "\0" in given:
        raise ValueError("is not valid text")
    return given


def whole(given: str) -> int:
    """Return a 64-bit whole number."""
    if not re.fullmatch(r"[+-]?[0-9]{1,19}", given) or not -INT64 <= int(given) < INT64:
        raise ValueError("is not a whole number (expected digits, such as 25)")
    return int(given)


def real(given: str) -> float:
    """Return a finite number."""
    if not re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?", given) or not math.isfinite(
        float(given)
    ):
        raise ValueError("is not a number (expected digits with a point, such as 0.25)")
    return float(given)


def truth(given: str) -> bool:
    """Return true or false."""
    if given.lower() not in ("true", "false"):
        raise ValueError("is not `true` or `false`")
    return given.lower() == "true"


def day(given: str) -> date:
    """Return a calendar day."""
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", given):
            return date.fromisoformat(given)
    except ValueError:
        pass
    raise ValueError("is not a date (expected YYYY-MM-DD)")


def instant(given: str) -> datetime:
    """Return an instant in UTC; a time without a zone is UTC."""
    try:
        found = datetime.fromisoformat(given)
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("is not a time (expected YYYY-MM-DDTHH:MM:SSZ)") from None
    return found


def span(given: str) -> timedelta:
    """Return a length of time."""
    match = re.fullmatch(r"([0-9]{1,9})([smhdw])", given)
    if not match or (length := int(match[1]) * UNITS[match[2]]) > 86_400 * 36_525:
        raise ValueError("is not a length of time (expected a number and a unit of s, m, h, d, w, such as 28d)")
    return timedelta(seconds=length)


def seconds(given: str) -> float:
    """Return a length of time in seconds, such as 30 for `30s`.

    Raises:
        ValueError: It is not one; says what is expected.
    """
    return span(given).total_seconds()


def listed(item: Callable[[str], Any]) -> Callable[[str], list[Any]]:
    """Return the parser of a list: `a,b`, or a JSON array when the texts hold commas."""

    def parser(given: str) -> list[Any]:
        if not given:
            return []
        parts = given.split(",")
        if given.lstrip().startswith("["):
            try:
                parts = [part if isinstance(part, str) else json.dumps(part) for part in json.loads(given)]
            except (ValueError, RecursionError):
                raise ValueError('is not a list (expected a,b or ["a","b"])') from None
        return [item(part) for part in parts]

    return parser


def from_code_only(given: str) -> Any:
    """Refuse a text for a type that only code passes."""
    raise ValueError("cannot be given as text")


PARSERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "str": text,
    "int": whole,
    "float": real,
    "bool": truth,
    "date": day,
    "datetime": instant,
    "duration": span,
    "list[str]": listed(text),
    "list[int]": listed(whole),
    "list[float]": listed(real),
    "map": from_code_only,
    "list[map]": from_code_only,
}

CLASSES: Final[Mapping[str, type | tuple[type, ...]]] = {
    "str": str,
    "int": int,
    "float": (int, float),
    "bool": bool,
    "date": date,
    "datetime": datetime,
    "duration": timedelta,
    "map": dict,
}


def parse(kind: ParameterType, given: str) -> Any:
    """Return the text as a value of a type.

    Raises:
        ValueError: It is not one; says what is expected, never what was given.
    """
    return PARSERS[kind](given)


def accepts(kind: ParameterType, value: Any) -> bool:
    """Return whether a Python value (from code or from TOML) is of a type already."""
    if kind.startswith("list["):
        return isinstance(value, list | tuple) and all(accepts(kind[5:-1], item) for item in value)  # type: ignore[arg-type]
    if isinstance(value, bool) and kind != "bool":
        return False
    if kind == "date" and isinstance(value, datetime):
        return False
    if kind == "int" and isinstance(value, int):
        return -INT64 <= value < INT64
    return isinstance(value, CLASSES[kind])
