"""Cypher cut into tokens: strings, back-ticks, comments and parameters are known, grammar is not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

__all__ = ["Token", "statements", "tokenize"]

TokenKind = Literal["name", "quoted", "string", "number", "param", "symbol", "comment", "broken"]

LEXER = re.compile(
    r"""
      (?P<space>\s+)
    | (?P<comment>//[^\n\r]*|/\*(?s:.*?)\*/)
    | (?P<string>'(?:[^'\\]|\\(?s:.))*'|"(?:[^"\\]|\\(?s:.))*")
    | (?P<quoted>`(?:[^`]|``)*`)
    | (?P<param>\$(?:\w+|`(?:[^`]|``)*`))
    | (?P<number>0[xo][0-9a-fA-F]+|(?:\d+(?:\.(?!\.)\d+)?|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<name>[^\W\d]\w*)
    | (?P<broken>(?:/\*|['"`])(?s:.*))
    | (?P<symbol>\.\.|\+=|=~|<>|<=|>=|::|.)
    """,
    re.VERBOSE,
)


@dataclass(frozen=True)
class Token:
    """One token.

    Attributes:
        kind: What it is; `broken` is everything from a quote or comment that is never closed.
        text: As written.
        line: Line of the file, from 1.
        start: Offset in the text.
    """

    kind: TokenKind
    text: str
    line: int
    start: int = 0

    @property
    def name(self) -> str:
        """The name that a name, a back-ticked name or a parameter stands for."""
        bare = self.text.removeprefix("$") if self.kind == "param" else self.text
        return bare[1:-1].replace("``", "`") if bare.startswith("`") else bare

    def word(self, *words: str) -> bool:
        """Return whether it is one of some keywords (given in upper case), however it is written."""
        return self.kind == "name" and self.text.upper() in words

    def symbol(self, *symbols: str) -> bool:
        """Return whether it is one of some symbols."""
        return self.kind == "symbol" and self.text in symbols


def tokenize(text: str, line: int = 1) -> list[Token]:
    """Cut Cypher into tokens; spaces are dropped, comments kept.

    Args:
        text: One or more statements.
        line: Line of the file at which the text starts.
    """
    tokens: list[Token] = []
    for match in LEXER.finditer(text):
        if match.lastgroup != "space":
            tokens.append(Token(match.lastgroup, match[0], line, match.start()))  # type: ignore[arg-type]
        line += match[0].count("\n")
    return tokens


def significant(tokens: Iterable[Token]) -> list[Token]:
    """Return the tokens without the comments."""
    return [token for token in tokens if token.kind != "comment"]


def statements(text: str) -> list[str]:
    """Split a text into its statements at the semicolons outside strings, back-ticks and comments.

    Args:
        text: For instance the text of a schema file.

    Returns:
        The statements without the semicolons and without blank ones.
    """
    found: list[str] = []
    begin = 0
    tokens = tokenize(text)
    ends: Sequence[int] = [token.start for token in tokens if token.symbol(";")]
    for end in [*ends, len(text)]:
        if any(begin <= token.start < end for token in significant(tokens)):
            found.append(text[begin:end].strip())
        begin = end + 1
    return found
