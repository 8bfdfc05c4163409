"""TOML from outside, read without letting a hostile file take the program's time or end it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any, Final

__all__ = ["InvalidToml", "KeyLines", "key_lines", "line_of", "read_toml"]

KeyLines = Mapping[tuple[str | int, ...], int]
"""Line of each section and key by the path to it; the sections `[[x]]` are counted from 0."""

MOST_DOTS: Final = 100
"""Dots of a line; the time to read a dotted key grows faster than the square of its parts."""
SECTION: Final = re.compile(r"\s*(\[\[?)([\w.\-\s\"']+)\]\]?\s*(?:#.*)?$")
KEY: Final = re.compile(r"([\w.\-\s\"']+)=")
PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


class InvalidToml(ValueError):
    """A text is not TOML, or not TOML that is read here.

    Attributes:
        line: Where, from 1; `None` if unknown.
    """

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason if line is None else f"{reason} (line {line})")
        self.reason = reason
        self.line = line


def read_toml(content: bytes | str) -> dict[str, Any]:
    """Return the table that a text describes; bytes are UTF-8, with or without a byte order mark.

    Raises:
        InvalidToml: It is not UTF-8, not TOML, nested too deeply, has a number that is too long, or a line with
            more than `MOST_DOTS` dots. The reason begins with a lower-case letter and repeats no control character.
    """
    try:
        text = content.decode("utf-8-sig") if isinstance(content, bytes) else content
    except UnicodeDecodeError as error:
        raise InvalidToml(f"byte {error.start + 1} is not UTF-8") from None
    for number, line in enumerate(text.split("\n"), 1):
        if line.count(".") > MOST_DOTS:
            raise InvalidToml(f"a line has more than {MOST_DOTS} dots; put a long list on several lines", number)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        said = str(error)
        place = PLACE.search(said)
        reason = said[: place.start()] if place else said
        safe = "".join(letter if letter.isprintable() else "?" for letter in reason[:120])
        end = text.rstrip("\n").count("\n") + 1
        raise InvalidToml(safe[:1].lower() + safe[1:], int(place[1] or end) if place else None) from None
    except RecursionError:
        raise InvalidToml("nested too deeply") from None
    except ValueError:  # more digits than Python reads
        raise InvalidToml("a number is too long") from None


def key_lines(text: str, first: int = 1) -> KeyLines:
    """Return the line of each section and key.

    Good enough to point at: what looks like a key inside a text of several lines counts only when there is none
    elsewhere.

    Args:
        text: The TOML.
        first: Number of its first line.
    """
    found: dict[tuple[str | int, ...], int] = {}
    numbers: dict[str, int] = {}
    section: tuple[str | int, ...] = ()
    for number, line in enumerate(text.split("\n"), first):
        if opened := SECTION.match(line):
            parts = keys_of(opened[2])
            if opened[1] == "[[" and len(parts) == 1:
                numbers[parts[0]] = numbers.get(parts[0], -1) + 1
            inner = (numbers[parts[0]],) if parts[0] in numbers else ()
            section = (parts[0], *inner, *parts[1:])
            found.setdefault(section, number)
        elif key := KEY.match(line):
            parts = keys_of(key[1])
            for length in range(1, len(parts) + 1):
                found.setdefault((*section, *parts[:length]), number)
    return found


def keys_of(text: str) -> tuple[str, ...]:
    """Return the parts of a dotted key."""
    return tuple(part.strip().strip("\"'") for part in text.split("."))


def line_of(place: Sequence[str | int], lines: KeyLines, default: int = 0) -> int:
    """Return the line of a place or of the closest section around it, or the default when there is none."""
    return next((lines[path] for end in range(len(place), 0, -1) if (path := tuple(place[:end])) in lines), default)
