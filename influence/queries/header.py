"""The header of a saved file: TOML in line comments, checked strictly.

A saved file starts with `// /// <kind>`; the lines down to `// ///` are TOML behind `//`. Everything below is
the statement. `docs/saved-queries.md` explains every key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from influence.queries.findings import Finding, closest, counted
from influence.queries.values import ParameterType, accepts, parse, seconds
from influence.toml import InvalidToml, KeyLines, key_lines, line_of, read_toml

__all__ = ["KINDS", "RESERVED", "Chart", "Column", "Header", "Kind", "Parameter", "Split", "read_header", "split"]

Kind = Literal["schema", "load", "report", "segment", "check", "metric", "internal"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

RESERVED: Final = frozenset(("rows", "run", "run_id", "source", "now", "batch_size", "after", "chunk"))
"""Parameters that the code supplies; headers do not declare them."""

NAME = r"^[a-z][a-z0-9_]*$"
Name = Annotated[str, Field(pattern=NAME)]
FileName = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
ONE_LINE = r"^[^\x00-\x1f\x7f-\x9f]*$"
Line = Annotated[str, Field(min_length=1, max_length=500, pattern=ONE_LINE)]
CONTROL: Final = r"\x00-\x08\x0b-\x1f\x7f-\x9f"
"""Characters that a terminal obeys, all but line breaks and tabs, as a part of a pattern."""
LINES = rf"^[^{CONTROL}]*$"
Text = Annotated[str, Field(pattern=LINES)]
Seconds = Annotated[
    float, BeforeValidator(lambda given: seconds(given) if isinstance(given, str) else given), Field(gt=0, le=3600)
]


class Strict(BaseModel):
    """A part of a header: unknown keys are refused, values are not converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Parameter(Strict):
    """A typed parameter of a saved query.

    Attributes:
        type: How the text of `-p name=text` is read.
        default: Value when it is not given; without one it must be given, unless `optional`.
        optional: Not given means null.
        min: Smallest value allowed.
        max: Largest value allowed.
        choices: The values allowed.
        choices_query: Report or `internal` file whose first column lists the values allowed.
        help: One line for people.
    """

    type: ParameterType
    default: Any = None
    optional: bool = False
    min: Any = None
    max: Any = None
    choices: list[Any] | None = None
    choices_query: FileName | None = None
    help: Text = ""

    @property
    def required(self) -> bool:
        """Whether it must be given."""
        return self.default is None and not self.optional

    @model_validator(mode="before")
    @classmethod
    def typed(cls, given: Any) -> Any:
        """Turn texts of `default`, `min`, `max` and `choices` that stand for times into values of the type."""
        if not isinstance(given, dict) or given.get("type") not in ("date", "datetime", "duration"):
            return given

        def value(raw: Any) -> Any:
            if given["type"] == "datetime" and isinstance(raw, datetime):
                return parse("datetime", raw.isoformat())  # refuses what is out of range in UTC
            return parse(given["type"], raw) if isinstance(raw, str) else raw

        typed = {key: value(given[key]) for key in ("default", "min", "max") if key in given}
        if isinstance(given.get("choices"), list):
            typed["choices"] = [value(raw) for raw in given["choices"]]
        return {**given, **typed}

    @model_validator(mode="after")
    def coherent(self) -> Parameter:
        """Refuse limits and defaults that are not of the type or contradict each other."""
        for key in ("default", "min", "max"):
            value = getattr(self, key)
            if value is not None and not accepts(self.type, value):
                raise ValueError(f"`{key}` is not of type `{self.type}`")
        ordered = self.type in ("int", "float", "date", "datetime", "duration")
        if (self.min is not None or self.max is not None) and not ordered:
            raise ValueError(f"`min` and `max` do not apply to type `{self.type}`")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError("`min` is above `max`")
        if self.choices is not None and not all(accepts(self.type, choice) for choice in self.choices):
            raise ValueError(f"`choices` are not all of type `{self.type}`")
        for key in ("default", "choices"):
            value = getattr(self, key)
            texts = [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]
            if not all(re.fullmatch(LINES, text) for text in texts):
                raise ValueError(f"`{key}` holds a control character")
        if self.choices is not None and self.choices_query is not None:
            raise ValueError("`choices` and `choices_query` exclude each other")
        if self.optional and self.default is not None:
            raise ValueError("`optional` and `default` exclude each other")
        if self.default is not None and (problem := self.problem(self.default)):
            raise ValueError(f"`default` {problem}")
        return self

    def problem(self, value: Any) -> str | None:
        """Return why a value of the right type is not allowed, or `None` when it is."""
        values = value if self.type.startswith("list[") else [value]
        if self.choices is not None and any(item not in self.choices for item in values):
            return "must be one of " + ", ".join(f"`{choice}`" for choice in self.choices)
        if self.min is not None and any(item < self.min for item in values):
            return f"must be at least {self.min}"
        if self.max is not None and any(item > self.max for item in values):
            return f"must be at most {self.max}"
        return None

    def bind(self, given: Any) -> Any:
        """Return the value for the server.

        Args:
            given: Text, or from code a value that already is of the type.

        Raises:
            ValueError: It is not of the type or not allowed; never says the value.
        """
        value = parse(self.type, given) if isinstance(given, str) else given
        if not accepts(self.type, value):
            raise ValueError(f"is not of type `{self.type}`")
        if (problem := self.problem(value)) and not (self.default is not None and value == self.default):
            raise ValueError(problem)
        return value


class Column(Strict):
    """A column of an answer.

    Attributes:
        type: What the values are; null is always allowed.
        title: Heading for people.
        format: Python format of numbers (`.2f`, `,`, `.1%`) or times (`%d %b %Y`).
        unit: Unit of measurement, such as people, purchases or days.
        help: One line that explains the column.
    """

    type: Literal["str", "int", "float", "bool", "date", "datetime"]
    title: Line
    format: str = ""
    unit: Text = ""
    help: Text = ""

    @model_validator(mode="after")
    def formattable(self) -> Column:
        """Try the format on a sample value."""
        samples: dict[str, Any] = {
            "int": 1, "float": 0.5, "date": date(2026, 1, 2), "datetime": datetime(2026, 1, 2, tzinfo=UTC),
        }  # fmt: skip
        if self.format and (
            self.type not in samples or not re.fullmatch(r"[^{}\x00-\x1f\x7f-\x9f]{1,30}", self.format)
        ):
            raise ValueError(f"`format` does not apply to type `{self.type}`")
        if re.search(r"[0-9]{3}", self.format):
            raise ValueError("`format` is wider than a table")
        if self.format:
            format(samples[self.type], self.format)
        return self


class Chart(Strict):
    """How a picture shows the answer: names of columns on the axes.

    Attributes:
        mark: Kind of picture. `bar` names and numbers; `line`, `area`, `point` two axes; `histogram` bars from `x`
            to `high`, `y` tall; `interval` a dot at `y` between `low` and `high` for each `x`; `heatmap` a field
            for each `x` and `y`, the darker the higher `color`; `network` an edge from `x` to `y`; `tree` a node
            `y` at the time `x`, below its `parent`.
        x: Column across, or of the first end.
        y: Column upwards, or of the second end.
        color: Column that colours the marks.
        size: Column with the size of dots; in a network of the nodes at the second end.
        weight: Column with the width of edges.
        low: Column with the lower end of an interval.
        high: Column with the upper end of an interval or of a bar of a histogram.
        parent: Column with the node above, in a tree.
        title: Heading of the picture.
    """

    mark: Literal["bar", "line", "point", "area", "histogram", "interval", "heatmap", "network", "tree"]
    x: Name
    y: Name
    color: Name | None = None
    size: Name | None = None
    weight: Name | None = None
    low: Name | None = None
    high: Name | None = None
    parent: Name | None = None
    title: Text = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it names."""
        named = (self.x, self.y, self.color, self.size, self.weight, self.low, self.high, self.parent)
        return tuple(name for name in named if name)

    @model_validator(mode="after")
    def coherent(self) -> Chart:
        """Refuse a mark without a column that it needs."""
        needed = {"histogram": ("high",), "interval": ("low", "high"), "heatmap": ("color",), "tree": ("parent",)}
        for name in needed.get(self.mark, ()):
            if getattr(self, name) is None:
                raise ValueError(f"a chart with the mark `{self.mark}` needs `{name}`")
        return self


class Header(Strict):
    """What a saved file says about itself.

    One model for all kinds; `BELONGS` says which keys belong to which kind.

    Attributes:
        title: Name for people.
        summary: What it answers or does, in a sentence.
        question: The plain-language question it answers.
        category: Groups the catalogue.
        owner: Who answers for it.
        format: Version of this header format.
        revision: Rises when columns or meaning change.
        maturity: draft, stable or deprecated.
        replaced_by: The successor of a deprecated file.
        needs: Measures that the current run must hold.
        key: Columns that identify a row.
        pii: Columns that are masked unless asked for.
        procedures: Procedures that it calls.
        timeout: Seconds it may take; written as `30s`.
        chart: How a picture shows it.
        population: Saved `internal` query that returns one number: out of how many.
        visual: Saved `internal` query that returns the same as a graph, for Neo4j Browser.
        severity: Of a check: `error` fails `check run`, `warn` does not.
        measure: Of a metric: the measure it defines.
        unit: Of a metric: its unit.
        tolerance: Of a metric: largest difference, relative to max(1, |value|), from the engine; 0 for counts.
        mode: `implicit` lets an internal file use `CALL … IN TRANSACTIONS`.
        params: Parameters by name.
        columns: Columns by name, in the order of the `RETURN`.
    """

    title: Line
    summary: Text = ""
    question: Text = ""
    category: Text = ""
    owner: Text = ""
    format: Literal[1] = 1
    revision: Annotated[int, Field(ge=1)] = 1
    maturity: Literal["draft", "stable", "deprecated"] = "stable"
    replaced_by: FileName | None = None
    needs: list[Name] = []
    key: list[Name] = []
    pii: list[Name] = []
    procedures: list[Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)+$")]] = []
    timeout: Seconds = 30.0
    chart: Chart | None = None
    population: FileName | None = None
    visual: FileName | None = None
    severity: Literal["error", "warn"] = "error"
    measure: Name | None = None
    unit: Text = ""
    tolerance: Annotated[float, Field(ge=0)] | None = None
    mode: Literal["managed", "implicit"] = "managed"
    params: dict[Name, Parameter] = {}
    columns: dict[Name, Column] = {}

    @model_validator(mode="after")
    def coherent(self) -> Header:
        """Refuse names that point nowhere."""
        for name in ("key", "pii"):
            for column in getattr(self, name):
                if column not in self.columns:
                    raise ValueError(f"`{name}` names `{column}`, which is not in `[columns]`")
        if self.chart:
            for column in self.chart.columns:
                if column not in self.columns:
                    raise ValueError(f"`chart` names `{column}`, which is not in `[columns]`")
        if self.maturity == "deprecated" and self.replaced_by is None:
            raise ValueError('a deprecated file says `replaced_by = "…"`')
        for name in self.params:
            if name in RESERVED:
                raise ValueError(f"`${name}` is supplied by the code; take it out of `[params]`")
        return self


COMMON: Final = frozenset(("title", "summary", "owner", "format", "params", "timeout"))
ASKED: Final = COMMON | {
    "question", "category", "revision", "maturity", "replaced_by", "needs", "key", "pii", "procedures", "chart",
    "population", "visual", "columns",
}  # fmt: skip
BELONGS: Final[Mapping[Kind, frozenset[str]]] = {
    "schema": frozenset(("title", "summary", "owner", "format")),
    "load": COMMON,
    "report": ASKED,
    "segment": ASKED,
    "check": ASKED - {"chart"} | {"severity"},
    "metric": COMMON | {"measure", "unit", "key", "tolerance", "columns", "revision", "needs"},
    "internal": COMMON | {"mode", "columns", "procedures"},
}
"""Keys that a header of each kind may have."""

REQUIRED: Final[Mapping[Kind, tuple[str, ...]]] = {
    "schema": (),
    "load": (),
    "report": ("summary", "question", "category", "key", "columns"),
    "segment": ("summary", "question", "category", "key", "columns"),
    "check": ("summary", "severity", "key", "columns"),
    "metric": ("summary", "measure", "unit", "tolerance", "key", "columns"),
    "internal": (),
}
"""Keys that a header of each kind must have, besides `title`."""

EXAMPLES: Final = {
    "title": '// title      = "Top persuaders"',
    "summary": '// summary    = "Customers whose purchases are followed by more purchases of friends than expected"',
    "question": '// question   = "Who should get the early-access invitation?"',
    "category": '// category   = "persuasion"',
    "key": '// key        = ["customer_id"]',
    "columns": '// [columns]\n// customer_id = { type = "str", title = "Customer" }',
    "severity": '// severity   = "error"',
    "measure": '// measure    = "follow_on_count"',
    "unit": '// unit       = "purchases"',
    "tolerance": "// tolerance  = 0.0",
}
"""A line to paste for each required key."""

MOST_FINDINGS: Final = 100
"""Problems of one header that are told one by one."""

START = re.compile(r"// /// ([a-z]+)")
END = "// ///"


@dataclass(frozen=True)
class Split:
    """A saved file cut into its parts, before anything is understood.

    Attributes:
        kind: The kind it names.
        toml: Header without the comment signs; line n of it is line n + 1 of the file.
        body: What is below the header, LF-normalised.
        body_line: Line of the file at which the body starts.
    """

    kind: Kind
    toml: str
    body: str
    body_line: int


def split(content: str, file: str) -> Split | list[Finding]:
    """Cut a saved file into header and body.

    Args:
        content: Text of the file.
        file: Name for findings.

    Returns:
        The parts, or what is wrong with the frame of the header.
    """
    lines = content.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    start = START.fullmatch(lines[0].rstrip())
    if start is None:
        example = '// /// report\n// title = "Top persuaders"\n// ///'
        return [Finding(file, 1, "IC001", "no header; the first line must be `// /// <kind>`", example)]
    kind = start[1]
    if kind not in KINDS:
        guess = closest(kind, KINDS)
        told = f"; did you mean `{guess}`?" if guess else f"; kinds are {', '.join(KINDS)}"
        return [Finding(file, 1, "IC001", f"unknown kind `{kind}`{told}")]
    header: list[str] = []
    for number, line in enumerate(lines[1:], start=2):
        if line.rstrip() == END:
            body = "\n".join(lines[number:])
            return Split(kind, "\n".join(header), body, number + 1)
        if not line.startswith("//"):
            return [Finding(file, number, "IC001", "the header is not closed by a line `// ///`", END)]
        header.append(line[3:] if line.startswith("// ") else line[2:])
    return [Finding(file, len(lines), "IC001", "the header is not closed by a line `// ///`", END)]


def read_header(parts: Split, file: str) -> Header | list[Finding]:
    """Read and check the header of a saved file.

    Returns:
        The header, or every finding in it (rule IC001).
    """
    try:
        given = read_toml(parts.toml)
    except InvalidToml as error:
        line = 1 if error.line is None else error.line + 1
        return [Finding(file, line, "IC001", f"the header is not valid TOML: {error.reason}")]
    lines = key_lines(parts.toml, first=2)
    findings = list(missing_and_misplaced(parts.kind, lines, given, file))
    try:
        header = Header.model_validate(given)
    except ValidationError as error:
        problems = error.errors()
        findings.extend(described(problem, parts.kind, lines, file) for problem in problems[:MOST_FINDINGS])
        if left := len(problems[MOST_FINDINGS:]):
            findings.append(Finding(file, 1, "IC001", f"{counted(left, 'more problem')} in the header"))
        return sorted(set(findings))
    except (RecursionError, OverflowError, TypeError):
        return [
            Finding(file, 1, "IC001", "the header is nested too deeply, or a value is too large or of a wrong type")
        ]
    if parts.kind == "segment" and header.key != ["customer_id"] and "key" in given:
        line = line_of(("key",), lines, 1)
        findings.append(Finding(file, line, "IC001", "the key of a segment is `customer_id` alone", EXAMPLES["key"]))
    return sorted(set(findings)) if findings else header


def missing_and_misplaced(kind: Kind, lines: KeyLines, given: Mapping[str, Any], file: str) -> Iterator[Finding]:
    """Find required keys that are missing and keys that belong to another kind."""
    for key in REQUIRED[kind]:
        if key not in given or given[key] in ("", [], {}):
            yield Finding(file, 1, "IC001", f"a {kind} needs `{key}`", EXAMPLES[key])
    for key in given:
        if key in Header.model_fields and key not in BELONGS[kind]:
            yield Finding(file, line_of((key,), lines, 1), "IC001", f"`{key}` does not belong to kind `{kind}`")


def described(problem: Mapping[str, Any], kind: Kind, lines: KeyLines, file: str) -> Finding:
    """Return a finding for a problem that pydantic found."""
    path = tuple(str(step) for step in problem["loc"] if step != "[key]")
    line = line_of(path, lines, 1)
    name = ".".join(path)
    hint = ""
    match problem["type"]:
        case "extra_forbidden":
            parts_of: dict[str, type[Strict]] = {"params": Parameter, "columns": Column, "chart": Chart}
            model = parts_of.get(path[0], Header)
            model = model if len(path) > 1 else Header
            known = sorted(set(model.model_fields) & (BELONGS[kind] if model is Header else {*model.model_fields}))
            guess = closest(path[-1], known)
            text = f"unknown key `{name}`" + (f"; did you mean `{guess}`?" if guess else f"; known: {', '.join(known)}")
        case "missing":
            text = f"missing key `{name}`"
            hint = EXAMPLES.get(name, "")
        case "string_pattern_mismatch" if "[key]" in problem["loc"]:
            text = f"the name `{name}` must be lower-case letters, digits and underscores"
        case "string_pattern_mismatch" if problem["ctx"]["pattern"] in (ONE_LINE, LINES):
            breaks = " or a line break" if problem["ctx"]["pattern"] == ONE_LINE else ""
            text = f"`{name}` holds a control character{breaks}"
        case _:
            said = str(problem["msg"]).removeprefix("Value error, ")
            said = said[:1].lower() + said[1:]
            link = " " if said.startswith(("is ", "must ")) else ": "
            text = f"`{name}`{link}{said}" if name else said
    return Finding(file, line, "IC001", text, hint)
