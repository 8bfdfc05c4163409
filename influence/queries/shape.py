"""What the lint needs to see of a statement: clauses, node and relationship patterns, the final `RETURN`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from influence.queries.tokens import Token, significant, tokenize

__all__ = ["Call", "Element", "Return", "Statement"]

CLAUSES: Final = (
    "MATCH", "OPTIONAL", "WHERE", "WITH", "RETURN", "UNWIND", "CREATE", "MERGE", "SET", "DELETE", "DETACH", "REMOVE",
    "CALL", "YIELD", "FOREACH", "UNION", "ORDER", "SKIP", "OFFSET", "LIMIT", "ON", "LET", "FILTER", "NEXT", "FINISH",
    "INSERT", "USE", "LOAD",
)  # fmt: skip


MOST_LABELS: Final = 100
"""Tokens of a label expression that are looked at."""

BEFORE_LABEL: Final = (":", "&", "|", "!", "(")
"""What stands before a label; a name behind anything else, as in `(n:First OR n:Second)`, is no label."""


@dataclass(frozen=True)
class Element:
    """A node or relationship pattern.

    Attributes:
        variable: Its variable, or an empty string.
        labels: Labels or types, in the order written.
        keys: Property names of its map, with the tokens of their values.
        first: Index of its opening token.
        last: Index of its closing token.
        line: Line of the file.
    """

    variable: str
    labels: tuple[str, ...]
    keys: dict[str, tuple[Token, ...]]
    first: int
    last: int
    line: int


@dataclass(frozen=True)
class Return:
    """A `RETURN` at the top level of a statement.

    Attributes:
        items: Tokens of each returned expression, the alias left out.
        names: Column name of each item; an empty string when it has none.
        order: Tokens of each item of `ORDER BY`, without the direction.
        limited: Whether a `LIMIT` ends it.
        line: Line of the file.
    """

    items: tuple[tuple[Token, ...], ...]
    names: tuple[str, ...]
    order: tuple[tuple[Token, ...], ...]
    limited: bool
    line: int


@dataclass(frozen=True)
class Call:
    """A use of a dotted name with an opening parenthesis: a function of a namespace, or a procedure after `CALL`.

    Attributes:
        name: The dotted name.
        procedure: Whether it stands after `CALL`.
        line: Line of the file.
    """

    name: str
    procedure: bool
    line: int


class Statement:
    """One statement as tokens, with what can be told without a grammar."""

    def __init__(self, text: str, line: int = 1) -> None:
        self.text = text
        self.line = line
        self.tokens = significant(tokenize(text, line))

    def at(self, index: int) -> Token:
        """Return the token at an index, or an empty symbol outside the statement."""
        if 0 <= index < len(self.tokens):
            return self.tokens[index]
        return Token("symbol", "", self.tokens[-1].line if self.tokens else self.line)

    def keyword(self, index: int) -> bool:
        """Return whether a name stands where a keyword may stand: no property, label, map key or alias."""
        before, after = self.at(index - 1), self.at(index + 1)
        if self.at(index).kind != "name" or before.symbol(".", ":", "&", "|", "!") or before.word("AS"):
            return False
        return not (before.symbol("{", ",") and after.symbol(":"))

    @cached_property
    def depths(self) -> list[int]:
        """How many brackets are open before each token."""
        depths, depth = [], 0
        for token in self.tokens:
            depth -= token.symbol(")", "]", "}")
            depths.append(depth)
            depth += token.symbol("(", "[", "{")
        return depths

    @cached_property
    def pairs(self) -> dict[int, int]:
        """The index of the closing bracket by the index of the opening one."""
        pairs: dict[int, int] = {}
        waiting: list[int] = []
        for index, token in enumerate(self.tokens):
            if token.symbol("(", "[", "{"):
                waiting.append(index)
            elif token.symbol(")", "]", "}") and waiting:
                pairs[waiting.pop()] = index
        return pairs

    def closing(self, index: int) -> int:
        """Return the index of the bracket that closes the one at an index, or of the last token."""
        return self.pairs.get(index, len(self.tokens) - 1)

    def clauses(self, *words: str) -> Iterator[int]:
        """Yield the indexes of keywords, at any depth."""
        for index, token in enumerate(self.tokens):
            if token.word(*words) and self.keyword(index):
                yield index

    @cached_property
    def nodes(self) -> list[Element]:
        """All node patterns with a label, and the bare ones that touch a relationship or follow a clause."""
        return [
            self.element(index)
            for index, token in enumerate(self.tokens)
            if token.symbol("(") and (self.labelled(index) or self.placed(index))
        ]

    @cached_property
    def relationships(self) -> list[Element]:
        """All relationship patterns in square brackets."""
        return [
            self.element(index)
            for index, token in enumerate(self.tokens)
            if token.symbol("[") and self.at(index - 1).symbol("-") and self.at(self.closing(index) + 1).symbol("-")
        ]

    @cached_property
    def elements(self) -> frozenset[str]:
        """Variables that stand for nodes and relationships and are not given a second meaning by `AS`."""
        patterns = {pattern.variable for pattern in (*self.nodes, *self.relationships)}
        return frozenset(patterns - self.aliases)

    @cached_property
    def aliases(self) -> frozenset[str]:
        """Names that stand behind `AS`."""
        return frozenset(self.at(index + 1).name for index, token in enumerate(self.tokens) if token.word("AS"))

    @cached_property
    def variables(self) -> frozenset[str]:
        """Names given by patterns or behind `AS`."""
        return self.elements | self.aliases

    def labelled(self, index: int) -> bool:
        """Return whether `(:` or `(name:` stands at an index."""
        step = 2 if self.at(index + 1).kind in ("name", "quoted") else 1
        return self.at(index + step).symbol(":")

    def placed(self, index: int) -> bool:
        """Return whether the parenthesis at an index stands where a node pattern stands."""
        after = self.closing(index)
        follows = self.at(index - 1).word("MATCH", "MERGE", "CREATE") or (
            self.at(index - 1).symbol("-", ">") and self.at(index - 2).symbol("-", "]")
        )
        leads = self.at(after + 1).symbol("-", "<") and self.at(after + 2).symbol("-", "[")
        return follows or leads

    def element(self, index: int) -> Element:
        """Read the pattern whose bracket opens at an index."""
        last = self.closing(index)
        step = index + 1
        variable = ""
        if self.at(step).kind in ("name", "quoted"):
            variable = self.at(step).name
            step += 1
        labels: list[str] = []
        furthest = min(last, step + MOST_LABELS)
        while step < furthest and not self.at(step).symbol("{", "*") and not self.at(step).word("WHERE"):
            before = self.at(step - 1)
            if self.at(step).kind in ("name", "quoted") and (before.symbol(*BEFORE_LABEL) or before.word("IS")):
                labels.append(self.at(step).name)
            step += 1
        keys = self.map_keys(step) if self.at(step).symbol("{") else {}
        return Element(variable, tuple(labels), keys, index, last, self.at(index).line)

    def map_keys(self, index: int) -> dict[str, tuple[Token, ...]]:
        """Return the keys of the map that opens at an index, with the tokens of their values."""
        keys: dict[str, tuple[Token, ...]] = {}
        for part in self.parts(index + 1, self.closing(index)):
            if len(part) > 1 and part[1].symbol(":"):
                keys[part[0].name] = part[2:]
        return keys

    def parts(self, first: int, end: int) -> list[tuple[Token, ...]]:
        """Split the tokens from an index to another at the commas between them that no bracket holds."""
        found: list[tuple[Token, ...]] = []
        begin = first
        for index in range(first, end):
            if self.tokens[index].symbol(",") and self.depths[index] == self.depths[first]:
                found.append(tuple(self.tokens[begin:index]))
                begin = index + 1
        return [*found, tuple(self.tokens[begin:end])] if end > first else found

    @cached_property
    def returns(self) -> list[Return]:
        """Every `RETURN` at the top level; more than one with a `UNION`."""
        return [self.returned(index) for index in self.clauses("RETURN") if self.depths[index] == 0]

    def returned(self, index: int) -> Return:
        """Read the `RETURN` at an index."""
        first = index + 1 + self.at(index + 1).word("DISTINCT")
        marks = [
            later
            for later in self.clauses("ORDER", "SKIP", "OFFSET", "LIMIT", "UNION", "NEXT")
            if later > index and self.depths[later] == 0
        ]
        semicolon = next((i for i in range(index, len(self.tokens)) if self.tokens[i].symbol(";")), len(self.tokens))
        stops = [*marks, semicolon]
        items, names = [], []
        for part in self.parts(first, stops[0]):
            aliased = len(part) > 2 and part[-2].word("AS")
            items.append(part[:-2] if aliased else part)
            names.append(part[-1].name if aliased or (len(part) == 1 and part[0].kind in ("name", "quoted")) else "")
        order: tuple[tuple[Token, ...], ...] = ()
        limited = False
        for mark, end in zip(marks, stops[1:], strict=True):
            if self.tokens[mark].word("UNION", "NEXT"):
                break
            if self.tokens[mark].word("ORDER"):
                order = tuple(
                    part[:-1] if part and part[-1].word("ASC", "ASCENDING", "DESC", "DESCENDING") else part
                    for part in self.parts(mark + 2, end)
                )
            limited = limited or self.tokens[mark].word("LIMIT")
        return Return(tuple(items), tuple(names), order, limited, self.tokens[index].line)

    @cached_property
    def calls(self) -> list[Call]:
        """Every dotted function and every procedure, dotted or not."""
        found = []
        for index, token in enumerate(self.tokens):
            if token.kind not in ("name", "quoted") or self.at(index - 1).symbol("."):
                continue
            end = index + 1
            names = [token.name]
            while self.at(end).symbol(".") and self.at(end + 1).kind in ("name", "quoted"):
                names.append(self.at(end + 1).name)
                end += 2
            procedure = self.at(index - 1).word("CALL")
            if procedure or (len(names) > 1 and self.at(end).symbol("(")):
                found.append(Call(".".join(names), procedure, token.line))
        return found

    def after(self, index: int) -> int:
        """Return the index of the first clause keyword behind an index, or the number of tokens."""
        return next((later for later in self.clauses(*CLAUSES) if later > index), len(self.tokens))
