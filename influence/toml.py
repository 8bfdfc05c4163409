"""TOML from outside, read without letting a hostile file take the program's time or end it."""

from __future__ import annotations

import re
import tomllib
from typing import Any, Final

__all__ = ["InvalidToml", "read_toml"]

MOST_DOTS: Final = 100
"""Dots of a line; the time to read a dotted key grows faster than the square of its parts."""
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
