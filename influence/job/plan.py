"""The plan of a job: a TOML file, checked as a whole before anything starts."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Final, Literal, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from influence.audience.control import share as holdout_share
from influence.audience.export import Request, check_options
from influence.audience.names import require_neutral
from influence.compute.work import ComputeOptions, parse_as_of, parse_window
from influence.errors import InfluenceError, UsageProblem
from influence.load import LoadOptions, extract_instant, share
from influence.queries import Kind, Library
from influence.queries.findings import closest, counted, shown
from influence.queries.values import seconds
from influence.report.export import format_of

__all__ = [
    "AudienceSection",
    "CheckSection",
    "ComputeSection",
    "LoadSection",
    "PagesSection",
    "Plan",
    "PruneSection",
    "ReportsSection",
    "SegmentSection",
    "check_plan",
    "init_plan",
    "read_plan",
]

LARGEST: Final = 1_000_000
"""Bytes of a plan; more is no plan."""
NAME: Final = r"[\w.-]{1,60}"


def placed(value: Any, info: ValidationInfo) -> Any:
    """Return a path of the plan: relative ones are relative to the plan's folder, `~` is the home folder."""
    if not isinstance(value, str) or not value.strip() or any(ord(letter) < 32 for letter in value):
        raise ValueError("must be a path in quotes")
    try:
        path = Path(value).expanduser()
    except RuntimeError:
        raise ValueError("starts with the home folder of an unknown user") from None
    return (info.context or {}).get("folder", Path()) / path


def as_instant(value: Any) -> Any:
    """Return a date of TOML as text, as the options of the command line take it."""
    return value.isoformat() if isinstance(value, date) else value


def as_text(value: Any) -> Any:
    """Return a bare number as text: a share may be written `0.05` or `"5%"`."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


PlanPath = Annotated[Path, BeforeValidator(placed)]
Instant = Annotated[str, BeforeValidator(as_instant)]
Share = Annotated[str, BeforeValidator(as_text)]
Value = str | int | float | bool | date | datetime | list[str] | list[int] | list[float]
Params = dict[str, Value]


class Section(BaseModel):
    """A part of a plan: refuses unknown keys and changes, and takes no text for a number."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class LoadSection(Section):
    """A dataset folder to load; the keys are the options of `influence load run`."""

    folder: PlanPath
    only: list[str] = Field(default_factory=list)
    mapping: PlanPath | None = None
    source: str | None = Field(default=None, pattern=rf"^{NAME}$")
    as_of: Instant | None = None
    sweep: bool = False
    sweep_max: Share = "5%"
    bad_rows: Literal["error", "reject"] = "error"
    max_rejects: Share = "0.1%"
    rejects_dir: PlanPath | None = None
    batch_size: int = Field(default=10_000, ge=1, le=100_000)
    encoding: str | None = None

    def options(self, home: Path | None, *, dry_run: bool = False) -> LoadOptions:
        """Return the options of the load.

        Raises:
            UsageProblem: A value is impossible.
        """
        return LoadOptions(
            only=tuple(self.only),
            mapping=self.mapping,
            source=self.source,
            dry_run=dry_run,
            sweep=self.sweep,
            sweep_max=share(self.sweep_max),
            as_of=extract_instant(self.as_of) if self.as_of is not None else None,
            bad_rows=self.bad_rows,
            max_rejects=share(self.max_rejects),
            batch_size=self.batch_size,
            encoding=self.encoding,
            rejects_dir=self.rejects_dir,
            home=home,
        )


class ComputeSection(Section):
    """What to compute; the keys are the options of `influence compute run`."""

    as_of: Instant | None = None
    window: str = "28d"
    seed: int = Field(default=42, ge=0, le=2**31 - 1)
    concurrency: int = Field(default=4, ge=1, le=64)
    force: bool = False

    def options(self) -> ComputeOptions:
        """Return the options of the run.

        Raises:
            UsageProblem: A value is impossible.
        """
        return ComputeOptions(
            as_of=parse_as_of(self.as_of) if self.as_of is not None else None,
            window_days=parse_window(self.window),
            seed=self.seed,
            concurrency=self.concurrency,
        )


class CheckSection(Section):
    """Which data checks to run, and from which severity on they fail the job."""

    names: list[str] = Field(default_factory=list)
    fail_on: Literal["warn", "error", "never"] = "error"
    limit: int = Field(default=1000, ge=1, le=10_000)


class ReportsSection(Section):
    """Which reports to build, in which formats, and where."""

    folder: PlanPath
    names: list[str] = Field(min_length=1)
    formats: list[Literal["csv", "json", "ndjson", "parquet"]] = Field(default=["csv"], min_length=1)
    params: dict[str, Params] = Field(default_factory=dict)
    excel: bool = False
    show_pii: bool = False


class PagesSection(Section):
    """A folder of pages with the answers of the run, as `influence report build` makes it."""

    folder: PlanPath
    customers: int = Field(default=40, ge=0)
    show_pii: bool = False


class SegmentSection(Section):
    """A segment to write as a file of customer ids with reasons."""

    name: str
    out: PlanPath
    params: Params = Field(default_factory=dict)
    min_size: int = Field(default=1, ge=0)
    excel: bool = False
    show_pii: bool = False

    @field_validator("out")
    @classmethod
    def known_ending(cls, path: Path) -> Path:
        """Refuse a file whose ending means no format."""
        if format_of(path) is None:
            raise ValueError("must end in .csv, .json, .ndjson or .parquet")
        return path


class AudienceSection(Section):
    """An audience to export; the keys are the options of `influence audience export`."""

    segment: str
    to: Literal["google", "meta", "salesforce", "hubspot"]
    contacts: PlanPath
    consent_column: str
    out: PlanPath
    params: Params = Field(default_factory=dict)
    suppress: PlanPath | None = None
    min_size: int = Field(default=100, ge=1)
    holdout: Share = "0%"
    seed: int = Field(default=1, ge=0)
    value_column: str | None = None
    already_hashed: bool = False
    null: Literal["keep", "clear"] = "keep"

    def request(self) -> Request:
        """Return what the export is asked for.

        Raises:
            UsageProblem: An option does not fit the receiver.
        """
        request = Request(
            self.segment,
            self.to,
            self.consent_column,
            params=self.params,
            min_size=self.min_size,
            holdout=holdout_share(self.holdout),
            seed=self.seed,
            value_column=self.value_column,
            already_hashed=self.already_hashed,
            null=self.null,
        )
        check_options(request)
        return request


class PruneSection(Section):
    """How many runs to keep."""

    keep: int = Field(default=3, ge=1)


class Content(Section):
    """Everything a plan may say; a section that is left out is not done."""

    format: Literal[1] = 1
    name: str = Field(pattern=rf"^{NAME}$")
    time_limit: str | None = None
    summary: PlanPath | None = None
    load: list[LoadSection] = Field(default_factory=list)
    compute: ComputeSection | None = None
    check: CheckSection | None = None
    reports: ReportsSection | None = None
    pages: PagesSection | None = None
    segment: list[SegmentSection] = Field(default_factory=list)
    audience: list[AudienceSection] = Field(default_factory=list)
    prune: PruneSection | None = None

    @field_validator("time_limit")
    @classmethod
    def a_length_of_time(cls, text: str | None) -> str | None:
        """Refuse what is no length of time above zero."""
        if text is not None and seconds(text) <= 0:
            raise ValueError("must be above zero, such as 2h")
        return text


@dataclass(frozen=True)
class Plan:
    """A plan that can be run.

    Attributes:
        content: What it says, paths made absolute.
        path: Where it was read.
        sha256: Digest of the file.
        lines: Line of each key, by the path to it.
    """

    content: Content
    path: Path
    sha256: str
    lines: Mapping[tuple[str | int, ...], int]

    @property
    def time_limit(self) -> float | None:
        """Seconds the job may take, or `None` for as long as it needs."""
        return seconds(self.content.time_limit) if self.content.time_limit else None

    @property
    def summary(self) -> Path:
        """Where the summary is written; default: `run-summary.json` beside the plan."""
        return self.content.summary or self.path.parent / "run-summary.json"


def read_plan(path: Path) -> Plan:
    """Read a plan.

    Raises:
        UsageProblem: It cannot be read, is no TOML or says something unknown or impossible; lists every problem with
            its line.
    """
    try:
        path = path.resolve()
        if path.stat().st_size > LARGEST:
            raise UsageProblem(f"`{path.name}` is too large for a plan", code="plan-unreadable", hint=EXAMPLE)
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        why = (getattr(error, "strerror", None) or "no such path").lower()
        raise UsageProblem(
            f"cannot read the plan `{shown(str(path))}`: {why}",
            code="plan-unreadable",
            hint="check the path; `influence job init FILE` writes a commented plan",
        ) from error
    return parse_plan(data, path)


EXAMPLE: Final = "`influence job init FILE` writes a commented plan"


def parse_plan(data: bytes, path: Path) -> Plan:
    """Return the plan that a file holds.

    Args:
        data: Content of the file.
        path: Where it is: relative paths are relative to its folder.

    Raises:
        UsageProblem: As `read_plan`.
    """
    try:
        text = data.decode("utf-8-sig")
        content = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # the errors of TOML and of UTF-8 are ValueErrors
        why = shown(str(error), 120).lower() if isinstance(error, tomllib.TOMLDecodeError) else "not readable as text"
        raise UsageProblem(
            f"`{path.name}` is not valid TOML: {why}",
            code="plan-invalid",
            hint=f'texts need quotes, as in `folder = "extract"`; {EXAMPLE}',
        ) from error
    lines = line_numbers(text)
    try:
        made = Content.model_validate(content, context={"folder": path.parent})
    except ValidationError as error:
        problems = [problem(found, lines) for found in error.errors(include_url=False, include_input=False)]
        raise invalid(path, problems) from None
    except (OverflowError, RecursionError) as error:
        raise invalid(path, [(0, "a value is too large")]) from error
    plan = Plan(made, path, hashlib.sha256(data).hexdigest(), lines)
    impossible = list(contradictions(plan))
    if impossible:
        raise invalid(path, impossible)
    return plan


def invalid(path: Path, problems: Sequence[tuple[int, str]]) -> UsageProblem:
    """Return the error that lists what is wrong with a plan, in the order of its lines."""
    ordered = sorted(dict.fromkeys(problems))
    findings = [f"{path.name}:{line}  {text}" if line else f"{path.name}  {text}" for line, text in ordered]
    return UsageProblem(
        f"{counted(len(ordered), 'problem')} in the plan `{path.name}`",
        code="plan-invalid",
        hint=f"correct it and run `influence job check {path.name}`; {EXAMPLE}",
        findings=findings,
    )


def problem(found: Mapping[str, Any], lines: Mapping[tuple[str | int, ...], int]) -> tuple[int, str]:
    """Return line and text of what the validation found."""
    location = tuple(part for part in found["loc"] if isinstance(part, int) or not UNION.match(part))
    key = named(location)
    line = line_of(location, lines)
    if found["type"] == "extra_forbidden":
        known = known_keys(location)
        guess = closest(str(location[-1]), known)
        way = f"did you mean `{guess}`?" if guess else f"known are {', '.join(f'`{one}`' for one in known)}"
        return line, f"unknown key `{key}`; {way}"
    if found["type"] == "missing":
        return line, f"`{key}` is missing"
    text = str(found["msg"]).removeprefix("Value error, ")
    return line, f"`{key}`: {text[:1].lower()}{text[1:]}"


UNION: Final = re.compile(r"(str|int|float|bool|date|datetime|list\[\w+\]|function-\w+.*)$")
"""Parts of a place that name a type and not a key."""


def named(location: Sequence[str | int]) -> str:
    """Return a place as people write it: `load[2].folder`, counted from 1."""
    text = ""
    for part in location:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{shown(part)}" if text else shown(part)
    return text or "plan"


def known_keys(location: Sequence[str | int]) -> list[str]:
    """Return the keys that the section of a place knows."""
    model: Any = Content
    for part in location[:-1]:
        if isinstance(part, int) or not hasattr(model, "model_fields") or part not in model.model_fields:
            continue
        annotation = model.model_fields[part].annotation
        inner = [one for one in (annotation, *getattr(annotation, "__args__", ())) if hasattr(one, "model_fields")]
        model = inner[0] if inner else None
    return list(model.model_fields) if hasattr(model, "model_fields") else []


# ── lines ─────────────────────────────────────────────────────────────────

HEADER: Final = re.compile(r"\s*(\[\[?)\s*([A-Za-z0-9_.\-\s\"']+?)\s*\]\]?\s*(?:#.*)?$")
KEY: Final = re.compile(r"\s*([A-Za-z0-9_.\-\"']+(?:\s*\.\s*[A-Za-z0-9_\-\"']+)*)\s*=")


def line_numbers(text: str) -> dict[tuple[str | int, ...], int]:
    """Return the line of each section and key.

    Good enough to point at: what looks like a key inside a text of several lines counts only when there is none
    elsewhere.
    """
    found: dict[tuple[str | int, ...], int] = {}
    numbers: dict[str, int] = {}
    section: tuple[str | int, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := HEADER.match(line):
            parts = keys_of(header[2])
            if header[1] == "[[" and len(parts) == 1:
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


def line_of(location: Sequence[str | int], lines: Mapping[tuple[str | int, ...], int]) -> int:
    """Return the line of a place, or of the closest section around it; 0 when there is none."""
    for length in range(len(location), 0, -1):
        if (line := lines.get(tuple(location[:length]))) is not None:
            return line
    return 0


# ── what types cannot say ─────────────────────────────────────────────────


def contradictions(plan: Plan) -> Iterator[tuple[int, str]]:
    """Yield line and text of what is impossible within the plan."""
    content = plan.content
    places: list[tuple[tuple[str | int, ...], Any]] = [
        *((("load", number), lambda one=one: one.options(None)) for number, one in enumerate(content.load)),
        *((("audience", number), one.request) for number, one in enumerate(content.audience)),
    ]
    if content.compute is not None:
        places.append((("compute",), content.compute.options))
    for place, ask in places:
        try:
            ask()
        except InfluenceError as error:
            yield line_of(place, plan.lines), f"`{named(place)}`: {error.message}" + way_out(error)
    outputs: dict[Path, str] = {}
    for section in ("segment", "audience"):
        for number, out in enumerate(one.out for one in getattr(content, section)):
            name = named((section, number))
            if out in outputs:
                line = line_of((section, number, "out"), plan.lines)
                yield line, f"`{name}.out` is written by `{outputs[out]}` already; give it a place of its own"
            outputs[out] = name
    if content.reports is not None:
        for name in content.reports.params:
            if name not in content.reports.names:
                line = line_of(("reports", "params", name), plan.lines)
                yield line, f"`reports.params.{shown(name)}` is for a report that `reports.names` does not list"
    if not content.model_fields_set - {"format", "name", "time_limit", "summary"}:
        yield 0, "there is nothing to do: add `[compute]` or another section"


def way_out(error: InfluenceError) -> str:
    """Return the hint of an error as the second half of a sentence."""
    return f"; {error.hint}" if error.hint else ""


def check_plan(plan: Plan, library: Library) -> None:
    """Check a plan against the saved files and the disk; needs no database.

    Raises:
        UsageProblem: It names saved files that do not exist, gives them wrong parameters, or needs folders or files
            that are not there; lists every problem with its line.
        LibraryError: A saved file is invalid.
    """
    problems = list(missing_files(plan))
    for place, kind, name, params in saved_files(plan.content):
        try:
            query = library.get(cast("Kind", kind), name)
            if kind != "check":
                query.bind(params)
            if place[0] == "audience":
                require_neutral(name)
        except InfluenceError as error:
            if error.exit_code not in (UsageProblem.exit_code, 5) or type(error).__name__ == "LibraryError":
                raise
            problems.append((line_of(place, plan.lines), f"`{named(place)}`: {error.message}" + way_out(error)))
    if problems:
        raise invalid(plan.path, problems)


def saved_files(content: Content) -> Iterator[tuple[tuple[str | int, ...], str, str, Params]]:
    """Yield place, kind, name and parameters of every saved file that a plan uses."""
    if content.check is not None:
        for number, name in enumerate(content.check.names):
            yield ("check", "names", number), "check", name, {}
    if content.reports is not None:
        for number, name in enumerate(content.reports.names):
            yield ("reports", "names", number), "report", name, content.reports.params.get(name, {})
    for number, segment in enumerate(content.segment):
        yield ("segment", number, "name"), "segment", segment.name, segment.params
    for number, audience in enumerate(content.audience):
        yield ("audience", number, "segment"), "segment", audience.segment, audience.params


def missing_files(plan: Plan) -> Iterator[tuple[int, str]]:
    """Yield line and text of every input that is not there."""
    wanted: list[tuple[tuple[str | int, ...], Path | None, bool]] = []
    for number, load in enumerate(plan.content.load):
        wanted.append((("load", number, "folder"), load.folder, True))
        wanted.append((("load", number, "mapping"), load.mapping, False))
    for number, audience in enumerate(plan.content.audience):
        wanted.append((("audience", number, "contacts"), audience.contacts, False))
        wanted.append((("audience", number, "suppress"), audience.suppress, False))
    for place, path, folder in wanted:
        if path is not None and not (path.is_dir() if folder else path.is_file()):
            noun = "folder" if folder else "file"
            told = f"`{named(place)}`: no such {noun}: `{shown(str(path), 200)}`; relative paths start at the plan"
            yield line_of(place, plan.lines), told


def init_plan(path: Path) -> None:
    """Write a commented plan.

    Raises:
        UsageProblem: There is a file of this name, or the folder cannot be written.
    """
    text = files("influence.job").joinpath("example.toml").read_text(encoding="utf-8")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UsageProblem(
            f"`{path}` is there already", code="plan-exists", hint="give another name, or move it away"
        ) from None
    except OSError as error:
        raise UsageProblem(
            f"cannot write `{path}`: {(error.strerror or 'unknown reason').lower()}",
            code="output-unwritable",
            hint="give a path that this user may write",
        ) from error
