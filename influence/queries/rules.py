"""The rules that saved Cypher must keep, one small class each."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Final

from influence.measures import MEASURES
from influence.queries.catalogue import SavedQuery
from influence.queries.findings import Finding, closest
from influence.queries.header import KINDS, RESERVED, Kind
from influence.queries.shape import CLAUSES, Element, Statement
from influence.queries.tokens import Token

__all__ = ["READING_PROCEDURES", "RULES", "Constrained", "Context", "Rule", "Source"]

Constrained = frozenset[tuple[str, frozenset[str]]]
"""Label or relationship type, and the properties that a uniqueness constraint covers together."""

UNITS: Final = {measure.name: measure.unit for measure in MEASURES}
"""Unit of every measure that a run may hold."""

QUESTIONS: Final[tuple[Kind, ...]] = ("report", "segment", "check", "metric")
"""Kinds that only read and answer with rows."""

READING_PROCEDURES: Final = frozenset(
    (
        "db.labels",
        "db.propertyKeys",
        "db.relationshipTypes",
        "db.schema.visualization",
        "gds.graph.list",
    )
)
"""Procedures that a saved question may call when its header says so: they read, and none drops, exports or mutates."""

READING_FUNCTIONS: Final = (
    "date.", "datetime.", "localdatetime.", "localtime.", "time.", "duration.", "point.", "vector.", "gds.similarity.",
    "gds.util.", "gds.version",
)  # fmt: skip
"""Dotted functions that a saved question may call; a function of a plugin can do anything, READ mode or not."""


@dataclass(frozen=True)
class Source:
    """A saved file with its raw text and its statement cut into tokens.

    Attributes:
        query: The file.
        raw: All of its text.
        statement: What is below the header.
        asked: Whether it is a question: of a kind that only reads, or run as a part of one.
    """

    query: SavedQuery
    raw: str
    statement: Statement
    asked: bool

    def finding(self, rule: str, line: int, text: str, hint: str = "") -> Finding:
        """Return a finding in this file."""
        return Finding(self.query.file, line, rule, text, hint)


@dataclass(frozen=True)
class Context:
    """What a rule may know besides the file.

    Attributes:
        constrained: Keys under a uniqueness constraint, read from the schema files.
        internal: The `internal` files by name.
        names: Names of each kind.
    """

    constrained: Constrained
    internal: dict[str, SavedQuery]
    names: dict[Kind, list[str]]


class Rule(ABC):
    """One rule of the lint.

    Attributes:
        id: `IC001` to `IC007`.
        kinds: Kinds of files it looks at.
        wall: Whether a file that breaks it is not run at all.
    """

    id: ClassVar[str]
    kinds: ClassVar[tuple[Kind, ...]] = KINDS
    wall: ClassVar[bool] = False

    @abstractmethod
    def findings(self, source: Source, context: Context) -> Iterator[Finding]:
        """Yield everything in a file that breaks the rule."""


class NamesExist(Rule):
    """Measures and saved queries that a header names exist."""

    id = "IC001"

    def findings(self, source: Source, context: Context) -> Iterator[Finding]:
        """Yield names in the header that point nowhere."""
        header = source.query.header
        for measure in header.needs:
            if measure not in UNITS:
                guess = closest(measure, list(UNITS))
                told = f"; did you mean `{guess}`?" if guess else ""
                yield source.finding(self.id, 1, f"`needs` names `{measure}`, which is no measure{told}")
        if header.replaced_by and header.replaced_by not in context.names[source.query.kind]:
            text = f"`replaced_by` names `{header.replaced_by}`, which is no {source.query.kind}"
            yield source.finding(self.id, 1, text)
        for name, param in header.params.items():
            listed = [*context.names["report"], *context.internal]
            if param.choices_query and param.choices_query not in listed:
                guess = closest(param.choices_query, listed)
                told = f"; did you mean `{guess}`?" if guess else ""
                text = f"`choices_query` of `{name}` names `{param.choices_query}`, which is no report{told}"
                yield source.finding(self.id, 1, text)
        for key, other in {"population": header.population, "visual": header.visual}.items():
            if other is None:
                continue
            if other not in context.internal:
                guess = closest(other, list(context.internal))
                told = f"; did you mean `{guess}`?" if guess else ""
                yield source.finding(self.id, 1, f"`{key}` names `{other}`, which is no internal file{told}")
                continue
            for name, wanted in context.internal[other].header.params.items():
                ours = header.params.get(name)
                if ours is None and wanted.required:
                    yield source.finding(self.id, 1, f"`{key}` needs `${name}`, which is not in `[params]`")
                elif ours is not None and ours.type != wanted.type:
                    text = f"`${name}` is `{ours.type}` here and `{wanted.type}` in `{other}` of `{key}`"
                    yield source.finding(self.id, 1, text)


class ParametersMatch(Rule):
    """Every parameter used is declared and the reverse."""

    id = "IC002"

    def findings(self, source: Source, context: Context) -> Iterator[Finding]:
        """Yield parameters used without a declaration, and declared without a use."""
        used: dict[str, int] = {}
        for token in source.statement.tokens:
            if token.kind == "param":
                used.setdefault(token.name, token.line)
        declared = source.query.header.params
        for name, line in used.items():
            if name not in declared and name not in RESERVED:
                guess = closest(name, [*declared, *sorted(RESERVED)])
                told = f"; did you mean `${guess}`?" if guess else ""
                hint = f'// [params]\n// {name} = {{ type = "str", default = "", help = "…" }}'
                yield source.finding(self.id, line, f"`${name}` is used but not declared{told}", hint)
        for name in declared:
            if name not in used:
                yield source.finding(self.id, 1, f"`{name}` is in `[params]` but `${name}` is never used")


class OnlyReads(Rule):
    """A question has no clause that writes and starts like one that reads."""

    id = "IC003"
    kinds = QUESTIONS
    wall = True

    starts = ("MATCH", "OPTIONAL", "WITH", "UNWIND", "CALL", "RETURN")
    writes = (
        "CREATE", "INSERT", "MERGE", "SET", "DELETE", "DETACH", "REMOVE", "FOREACH", "DROP", "ALTER", "GRANT", "DENY",
        "REVOKE", "TERMINATE",
    )  # fmt: skip

    def findings(self, source: Source, context: Context) -> Iterator[Finding]:
        """Yield write clauses and statements that are commands."""
        statement = source.statement
        if not statement.at(0).word(*self.starts):
            yield source.finding(
                self.id, statement.at(0).line, f"a {source.query.kind} starts with one of {', '.join(self.starts)}"
            )
        for index in statement.clauses(*self.writes):
            token = statement.at(index)
            text = f"`{token.text.upper()}` writes; a {source.query.kind} only reads"
            yield source.finding(self.id, token.line, text)


class AnswersAsDeclared(Rule):
    """The final `RETURN` gives the columns of the header, as scalars, in an order that is the same every time."""

    id = "IC003"
    kinds = QUESTIONS

    def findings(self, source: Source, context: Context) -> Iterator[Finding]:
        """Yield differences between the `RETURN` and the header."""
        header, returns = source.query.header, source.statement.returns
        columns, key = list(header.columns), header.key
        hint = "RETURN " + ", ".join(f"… AS {column}" for column in columns)
        if not returns:
            yield source.finding(self.id, source.statement.at(0).line, "no `RETURN` at the top level", hint)
            return
        if len(returns) > 1:
            yield source.finding(
                self.id,
                returns[1].line,
                "`UNION` at the top level: `ORDER BY` and `LIMIT` would hold for its last part only",
                f"CALL () {{\n  … UNION ALL …\n}}\n{hint}",
            )
        last = returns[-1]
        if list(last.names) != columns:
            found = ", ".join(f"`{name}`" if name else "one without a name" for name in last.names) or "none"
            yield source.finding(self.id, last.line, f"`RETURN` gives {found}; `[columns]` says otherwise", hint)
        for item, name in zip(last.items, last.names, strict=True):
            if not self.scalar(item, source.statement):
                text = f"column `{name}` is no scalar: return properties, counts or texts, one row each"
                yield source.finding(self.id, last.line, text)
        if source.query.kind == "metric":
            return
        ends = [part[0].name if len(part) == 1 else "" for part in last.order[len(last.order) - len(key) :]]
        if len(last.order) < len(key) or sorted(ends) != sorted(key):
            example = "ORDER BY …, " + ", ".join(key)
            told = ", ".join(f"`{column}`" for column in key)
            yield source.finding(self.id, last.line, f"`ORDER BY` does not end in the key {told}", example)
        if not last.limited:
            yield source.finding(self.id, last.line, "no `LIMIT` at the end", "LIMIT $limit")

    def scalar(self, item: tuple[Token, ...], statement: Statement) -> bool:
        """Return whether an expression can be one value as far as its first tokens tell."""
        if not item:
            return True
        if item[0].symbol("{", "*") or self.list_alone(item):
            return False
        if len(item) > 1 and item[1].symbol("(") and item[-1].symbol(")"):
            return not item[0].word("COLLECT", "NODES", "RELATIONSHIPS", "PROPERTIES", "LABELS", "KEYS", "SPLIT")
        return not (len(item) == 1 and item[0].name in statement.elements)

    def list_alone(self, item: tuple[Token, ...]) -> bool:
        """Return whether an expression is one pair of square brackets from its first token to its last."""
        depth = 0
        for place, token in enumerate(item):
            depth += token.symbol("[") - token.symbol("]")
            if depth == 0:
                return place > 0 and place == len(item) - 1
        return False


class OneRun(Rule):
    """What a run wrote is read for one run: `:Score {run: $run}`."""

    id = "IC003"
    kinds = QUESTIONS

    of_runs = ("Score", "TopicScore", "Community")
    steps = ("SCORED", "IN_TOPIC", "PERSUADED")

    def findings(self, source: Source, context: Context) -> Iterator[Finding]:
        """Yield patterns that could mix the results of two runs."""
        statement = source.statement
        bound = {node.variable for node in statement.nodes if "run" in node.keys and node.variable}
        bound |= set(self.compared(statement))
        safe = {node.last + 2 for node in statement.nodes if "run" in node.keys or node.variable in bound}
        for node in statement.nodes:
            mixed = set(node.labels) & set(self.of_runs)
            if mixed and "run" not in node.keys and node.variable not in bound and not self.reached(node, source, safe):
                label = sorted(mixed)[0]
                text = f"`:{label}` without its run mixes the results of runs"
                yield source.finding(self.id, node.line, text, f"({node.variable}:{label} {{run: $run}})")
        for step in statement.relationships:
            if not set(step.labels) & set(self.steps) or "run" in step.keys:
                continue
            ends = [node for node in statement.nodes if self.touches(node, step)]
            if not any("run" in node.keys or node.variable in bound for node in ends):
                kind = step.labels[0]
                hint = f"-[:{kind} {{run: $run}}]->" if kind == "PERSUADED" else f"-[:{kind}]->(:Score {{run: $run}})"
                yield source.finding(self.id, step.line, f"`:{kind}` without a run mixes the results of runs", hint)
        if source.query.header.needs and not any(token.text == "$run" for token in statement.tokens):
            text = "`needs` names measures but `$run` is never used"
            yield source.finding(self.id, statement.at(0).line, text, "(s:Score {run: $run})")

    def compared(self, statement: Statement) -> Iterator[str]:
        """Yield the variables whose run is given by a comparison: `s.run = …`."""
        for index, token in enumerate(statement.tokens):
            run = statement.at(index + 1).symbol(".") and statement.at(index + 2).name == "run"
            if (
                token.kind == "name"
                and run
                and (statement.at(index + 3).symbol("=") or statement.at(index - 1).symbol("="))
            ):
                yield token.text

    def reached(self, node: Element, source: Source, safe: set[int]) -> bool:
        """Return whether a `:TopicScore` is reached over `IN_TOPIC` from a score whose run is given."""
        return "TopicScore" in node.labels and any(
            "IN_TOPIC" in step.labels and step.first in safe and self.touches(node, step)
            for step in source.statement.relationships
        )

    def touches(self, node: Element, step: Element) -> bool:
        """Return whether a relationship pattern starts or ends at a node pattern."""
        before = step.first - node.last in (2, 3)
        after = node.first - step.last in (2, 3)
        return before or after


class HidesBookkeeping(Rule):
    """Reports and segments do not show the ledger, the lock or the state."""

    id = "IC003"
    kinds = ("report", "segment")

    def findings(self, source: Source, context: Context) -> Iterator[Finding]:
        """Yield labels of the book-keeping."""
        for token in source.statement.tokens:
            if token.kind in ("name", "quoted") and token.name.startswith("_Influence"):
                yield source.finding(self.id, token.line, f"`{token.name}` is book-keeping")


class LoadsSafely(Rule):
    """A load can run twice, and every element says which run and which source it came from."""

    id = "IC004"
    kinds = ("load",)

    def findings(self, source: Source, context: Context) -> Iterator[Finding]:
        """Yield what would make a second run of a batch differ from the first."""
        statement = source.statement
        head = [token.text.upper() if token.kind == "name" else token.text for token in statement.tokens[:4]]
        if head != ["UNWIND", "$rows", "AS", "ROW"]:
            text = "a load starts with `UNWIND $rows AS row`"
            yield source.finding(self.id, statement.at(0).line, text, "UNWIND $rows AS row")
        for index in statement.clauses("CREATE"):
            if not statement.at(index - 1).word("ON"):
                text = "`CREATE` makes a second element when the batch runs again; use `MERGE`"
                yield source.finding(self.id, statement.at(index).line, text)
        for index in statement.clauses("MERGE"):
            yield from self.merge(index, source, context)
        used = {token.name for token in statement.tokens if token.kind == "param"}
        for name in ("run_id", "source"):
            if name not in used:
                text = f"does not stamp `{name}`"
                yield source.finding(self.id, statement.at(0).line, text, f"SET x.{name} = ${name}")

    def merge(self, index: int, source: Source, context: Context) -> Iterator[Finding]:
        """Yield what is wrong with the pattern of one `MERGE`."""
        statement = source.statement
        end = statement.after(index)
        steps = [step for step in statement.relationships if index < step.first < end]
        nodes = [node for node in statement.nodes if index < node.first < end]
        for step in steps:
            keys = frozenset(step.keys)
            if keys and not any((label, keys) in context.constrained for label in step.labels):
                yield self.unconstrained(source, step)
        for node in nodes:
            keys = frozenset(node.keys)
            if steps and (node.labels or keys):
                text = f"`MERGE` of a path creates the node `{node.variable or ':' + '|'.join(node.labels)}` again"
                hint = "MATCH (a:Customer {id: row.a_id})\nMATCH (b:Customer {id: row.b_id})\nMERGE (a)-[r:FRIEND]->(b)"
                yield source.finding(self.id, node.line, text, hint)
            elif not steps and not any((label, keys) in context.constrained for label in node.labels):
                yield self.unconstrained(source, node)

    def unconstrained(self, source: Source, element: Element) -> Finding:
        """Return the finding for a `MERGE` on a key that no constraint keeps unique."""
        keys = ", ".join(f"`{key}`" for key in element.keys) or "no key"
        label = element.labels[0] if element.labels else "Label"
        text = f"`MERGE` of `:{label}` on {keys}, which has no uniqueness constraint"
        first = next(iter(element.keys), "id")
        hint = (
            f"CREATE CONSTRAINT {snake(label)}_{first}_unique IF NOT EXISTS FOR (x:{label}) REQUIRE x.{first} IS UNIQUE"
        )
        return source.finding(self.id, element.line, text, hint)


class MeasuresExist(Rule):
    """A metric defines a measure of the catalogue in its unit."""

    id = "IC005"
    kinds = ("metric",)

    def findings(self, source: Source, context: Context) -> Iterator[Finding]:
        """Yield a measure or unit that the catalogue does not have."""
        header = source.query.header
        measure = header.measure or ""
        if measure not in UNITS:
            guess = closest(measure, list(UNITS))
            told = f"; did you mean `{guess}`?" if guess else ""
            yield source.finding(self.id, 1, f"`{measure}` is no measure{told}")
        elif header.unit != UNITS[measure]:
            hint = f'// unit = "{UNITS[measure]}"'
            yield source.finding(self.id, 1, f"the unit of `{measure}` is not `{header.unit}`", hint)
        if measure not in header.columns:
            text = f"`[columns]` has no column `{measure}`"
            yield source.finding(self.id, 1, text, f'// {measure} = {{ type = "float", title = "…" }}')


class NothingDangerous(Rule):
    """None of the constructs that a saved file must not use."""

    id = "IC006"
    wall = True

    def findings(self, source: Source, context: Context) -> Iterator[Finding]:
        """Yield each forbidden construct."""
        statement = source.statement
        yield from self.of_text(source)
        for index, token in enumerate(statement.tokens):
            text = self.forbidden(index, token, source)
            if text:
                hint = "CALL (x) {\n  …\n}" if text.startswith("`CALL {") else ""
                yield source.finding(self.id, token.line, text, hint)
        for call in statement.calls:
            name = call.name.lower()
            if name.startswith("apoc."):
                yield source.finding(self.id, call.line, f"`{call.name}` is APOC, which is not on every server")
            elif source.asked and call.procedure and call.name not in source.query.header.procedures:
                hint = f'// procedures = ["{call.name}"]'
                text = f"calls the procedure `{call.name}`, which the header does not declare"
                yield source.finding(self.id, call.line, text, hint)
            elif source.asked and not call.procedure and not name.startswith(READING_FUNCTIONS):
                text = f"the function `{call.name}` is not on the list of functions that only read"
                yield source.finding(self.id, call.line, text)
        if source.asked:
            for name in source.query.header.procedures:
                if name not in READING_PROCEDURES:
                    text = f"the procedure `{name}` is not on the list of procedures that only read"
                    yield source.finding(self.id, 1, text)

    def of_text(self, source: Source) -> Iterator[Finding]:
        """Yield what makes the tokens themselves unreliable."""
        statement = source.statement
        for match in re.finditer(r"\\[uU]", source.query.text):
            line = source.query.line + source.query.text.count("\n", 0, match.start())
            yield source.finding(self.id, line, "a `\\u` escape can hide a quote or a back-tick; write the character")
        for token in statement.tokens:
            if token.kind == "broken":
                yield source.finding(self.id, token.line, f"`{token.text[:2].strip()}…` is never closed")
        if not statement.tokens:
            yield source.finding(self.id, source.query.line, "there is no statement below the header")

    def forbidden(self, index: int, token: Token, source: Source) -> str:
        """Return why a token is forbidden where it stands, or an empty string."""
        statement, kind, mode = source.statement, source.query.kind, source.query.header.mode
        after = statement.at(index + 1)
        opens = after.symbol("(")
        if token.kind in ("name", "quoted") and token.name.lower() == "id" and opens:
            return (
                ""
                if statement.at(index - 1).symbol(".")
                else "`id()` changes when the store does; use the property `id`"
            )
        if (source.asked or kind != "internal") and (token.symbol("$") or (token.kind == "param" and opens)):
            return "a label or type built from a value"
        if token.symbol(";") and index + 1 < len(statement.tokens) and kind != "schema":
            return "several statements; a file holds one"
        if token.kind != "name" or not statement.keyword(index):
            return ""
        if index == 0 and token.word("CYPHER", "EXPLAIN", "PROFILE"):
            return f"starts with `{token.text.upper()}`; the connection says how a statement runs"
        if token.word("USE") and (index == 0 or after.kind in ("name", "quoted")) and self.begins(index, statement):
            return "`USE`; the connection says which database"
        if token.word("LOAD") and after.word("CSV"):
            return "`LOAD CSV` reads files and addresses of the server"
        if token.word("CALL") and after.symbol("{"):
            return "`CALL {` without the variables it sees"
        if token.word("TRANSACTIONS") and any(statement.at(index - back).word("IN") for back in (1, 2, 3)):
            return "" if kind == "internal" and mode == "implicit" else "`CALL … IN TRANSACTIONS`"
        return ""

    def begins(self, index: int, statement: Statement) -> bool:
        """Return whether a token is the first of the statement or of a part in braces."""
        return index == 0 or statement.at(index - 1).symbol("{", ")") or statement.at(index - 1).word("UNION", "ALL")


class WrittenAlike(Rule):
    """Files, keywords and names look alike everywhere."""

    id = "IC007"

    keywords = (*CLAUSES, "BY", "AS", "AND", "OR", "XOR", "NOT", "IN", "IS", "STARTS", "ENDS", "CONTAINS", "CASE",
                "WHEN", "THEN", "ELSE", "END", "DISTINCT", "ASC", "DESC", "CONSTRAINT", "INDEX", "REQUIRE")  # fmt: skip
    components = frozenset(
        ("epochMillis", "epochSeconds", "dayOfWeek", "dayOfQuarter", "ordinalDay", "weekYear", "quarterOfYear",
         "inDays", "inSeconds", "inMonths", "secondsOfMinute", "minutesOfHour", "monthsOfYear", "daysOfWeek",
         "timezone", "offsetMinutes", "offsetSeconds")
    )  # fmt: skip
    """Fields of times and durations that Cypher itself writes in camel case."""

    def findings(self, source: Source, context: Context) -> Iterator[Finding]:
        """Yield lines that look different."""
        if "\r" in source.raw:
            line = source.raw.count("\n", 0, source.raw.index("\r")) + 1
            yield source.finding(self.id, line, "line endings are not LF")
        if not source.raw.endswith("\n"):
            yield source.finding(self.id, source.raw.count("\n") + 1, "no newline at the end of the file")
        statement = source.statement
        for index in statement.clauses(*self.keywords):
            token = statement.at(index)
            if not token.text.isupper() and token.text not in statement.variables:
                text = f"the keyword `{token.text}` is not upper-case"
                yield source.finding(self.id, token.line, text, token.text.upper())
        for node in statement.nodes:
            for label in node.labels:
                if not re.fullmatch(r"_?[A-Z][A-Za-z0-9]*", label):
                    yield source.finding(self.id, node.line, f"the label `{label}` is not PascalCase")
        for step in statement.relationships:
            for label in step.labels:
                if not re.fullmatch(r"[A-Z][A-Z0-9_]*", label):
                    yield source.finding(self.id, step.line, f"the relationship type `{label}` is not UPPER_SNAKE")
        yield from self.properties(source)

    def properties(self, source: Source) -> Iterator[Finding]:
        """Yield property names that are not snake_case."""
        statement = source.statement
        named: list[tuple[str, int]] = [
            (key, element.line) for element in (*statement.nodes, *statement.relationships) for key in element.keys
        ]
        for index, token in enumerate(statement.tokens):
            before = statement.at(index - 2)
            read = statement.at(index - 1).symbol(".") and (
                before.kind in ("name", "quoted", "param") or before.symbol(")", "]")
            )
            if read and token.kind in ("name", "quoted") and not statement.at(index + 1).symbol("(", "."):
                named.append((token.name, token.line))
        for name, line in named:
            if not re.fullmatch(r"[a-z][a-z0-9_]*", name) and name not in self.components:
                yield source.finding(self.id, line, f"the property `{name}` is not snake_case", snake(name))


def snake(name: str) -> str:
    """Return a name in snake_case."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def schema_keys(text: str) -> Constrained:
    """Return the keys that the uniqueness constraints of a schema file cover."""
    found: set[tuple[str, frozenset[str]]] = set()
    statement = Statement(text)
    for index in statement.clauses("REQUIRE"):
        start = max((i for i in statement.clauses("CONSTRAINT") if i < index), default=0)
        elements = [e for e in (*statement.relationships, *statement.nodes) if start < e.first < index and e.labels]
        end = next((i for i in range(index, len(statement.tokens)) if statement.at(i).word("IS")), index)
        unique = any(statement.at(end + step).word("UNIQUE", "KEY") for step in (1, 2))
        keys = frozenset(statement.at(i + 1).name for i in range(index, end) if statement.at(i).symbol(".") and unique)
        found.update((label, keys) for element in elements[:1] for label in element.labels if keys)
    return frozenset(found)


RULES: Final[tuple[Rule, ...]] = (
    NamesExist(),
    ParametersMatch(),
    OnlyReads(),
    AnswersAsDeclared(),
    OneRun(),
    HidesBookkeeping(),
    LoadsSafely(),
    MeasuresExist(),
    NothingDangerous(),
    WrittenAlike(),
)
"""Every rule; the header itself (IC001) is checked where it is read."""
