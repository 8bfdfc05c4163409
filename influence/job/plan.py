"""The plan of a job: a TOML file, checked as a whole before anything starts."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Final, Literal, cast

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from influence.audience.contacts import known_columns
from influence.audience.control import share as holdout_share
from influence.audience.export import Request, check_options
from influence.audience.names import require_neutral
from influence.compute.work import ComputeOptions, parse_activity, parse_as_of, parse_days, parse_months, parse_window
from influence.errors import ConfigError, InfluenceError, UsageProblem
from influence.load import LoadOptions, extract_instant, share
from influence.load.presets import presets
from influence.privacy import KINDS
from influence.queries import Kind, Library
from influence.queries.findings import closest, counted, shown
from influence.queries.values import seconds
from influence.report.export import DRAWN_SUFFIXES, PICTURES, SUFFIXES, format_of
from influence.toml import InvalidToml, KeyLines, key_lines, line_of, read_toml
from influence.value.referral import lead_weights
from influence.value.terms import Terms
from influence.voice.ambassadors import load_rules, load_weights

__all__ = [
    "AudienceSection",
    "CheckSection",
    "ComputeSection",
    "LoadSection",
    "PagesSection",
    "Plan",
    "PruneSection",
    "ReportSection",
    "ReportsSection",
    "RetentionSection",
    "SegmentSection",
    "check_plan",
    "init_plan",
    "read_plan",
]

LARGEST: Final = 1_000_000
"""Bytes of a plan; more is no plan."""
NAME: Final = r"[\w.-]{1,60}"
MOST_PROBLEMS: Final = 100
"""Problems of one plan that are told one by one."""
LONGEST_NAME: Final = 255
"""Bytes of a name of a file or folder."""
LONGEST_PATH: Final = 4095
"""Bytes of a path."""


def placed(value: Any, info: ValidationInfo) -> Any:
    """Return a path of the plan: relative ones are relative to the plan's folder, `~` is the home folder."""
    if not isinstance(value, str) or not value.strip() or any(ord(letter) < 32 for letter in value):
        raise ValueError("must be a path in quotes")
    try:
        path = Path(value).expanduser()
    except RuntimeError:
        raise ValueError("starts with the home folder of an unknown user") from None
    path = (info.context or {}).get("folder", Path()) / path
    if len(os.fsencode(path)) > LONGEST_PATH or any(len(os.fsencode(part)) > LONGEST_NAME for part in path.parts):
        raise ValueError(f"is longer than a path can be ({LONGEST_NAME} bytes a name)")
    return path


def as_instant(value: Any) -> Any:
    """Return a date of TOML as text, as the options of the command line take it."""
    return value.isoformat() if isinstance(value, date) else value


def as_text(value: Any) -> Any:
    """Return a bare number as text: a share may be written `0.05` or `"5%"`."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def mapping_place(value: Any, info: ValidationInfo) -> Any:
    """Return a mapping: the name of one that comes with `influence`, unless a file has this name, or else a path."""
    path = placed(value, info)
    return Path(value) if value in presets() and not is_there(path) else path


def is_there(path: Path, folder: bool = False) -> bool:
    """Tell whether there is a file, or a folder; one that this user may not look for is not."""
    try:
        return path.is_dir() if folder else path.is_file()
    except OSError:
        return False


def readable(parse: Callable[[str], object]) -> AfterValidator:
    """Return a validator that refuses what the option of the command line refuses, in the words of a plan."""

    def check(value: str, info: ValidationInfo) -> str:
        try:
            parse(value)
        except InfluenceError as error:
            raise ValueError(in_plan_words(error).removeprefix(f"`{info.field_name}` ")) from None
        return value

    return AfterValidator(check)


def in_plan_words(error: InfluenceError) -> str:
    """Return message and way out of an error with `key = "value"` for each `--option value` of the command line."""

    def assigned(found: re.Match[str]) -> str:
        key, value = found[1].replace("-", "_"), found[2]
        if not value:
            return f"`{key}`"
        return f"`{key} = {value}`" if re.fullmatch(r"[\d.]+", value) else f'`{key} = "{value}"`'

    text = error.message + (f"; {error.hint}" if error.hint else "")
    return re.sub(r"`--([a-z-]+)(?: ([^`]+))?`", assigned, text)


PlanPath = Annotated[Path, BeforeValidator(placed)]
Instant = Annotated[str, BeforeValidator(as_instant)]
Share = Annotated[str, BeforeValidator(as_text), readable(share)]
Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Value = str | int | float | bool | date | datetime | list[str] | list[int] | list[float]
Params = dict[str, Value]


class Section(BaseModel):
    """A part of a plan: refuses unknown keys and changes, and takes no text for a number."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class LoadSection(Section):
    """A dataset folder to load; the keys are the options of `influence load run`."""

    folder: PlanPath
    only: list[str] = Field(default_factory=list)
    mapping: Annotated[Path, BeforeValidator(mapping_place)] | None = None
    source: str | None = Field(default=None, pattern=rf"^{NAME}$")
    as_of: Annotated[Instant, readable(extract_instant)] | None = None
    sweep: bool = False
    sweep_max: Share = "5%"
    bad_rows: Literal["error", "reject"] = "error"
    max_rejects: Share = "0.1%"
    rejects_dir: PlanPath | None = None
    batch_size: int = Field(default=10_000, ge=1, le=100_000)
    restart: bool = False
    encoding: str | None = None
    via: Literal["auto", "batches", "import"] = "auto"

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
            restart=self.restart,
            encoding=self.encoding,
            via=self.via,
            rejects_dir=self.rejects_dir,
            home=home,
        )


class ComputeSection(Section):
    """What to compute; the keys are the options of `influence compute run`."""

    as_of: Annotated[Instant, readable(parse_as_of)] | None = None
    window: Annotated[str, readable(parse_window)] = "28d"
    activity: Annotated[str, readable(parse_activity)] = "90d"
    dependent_tests: bool = False
    seed: int = Field(default=42, ge=0, le=2**31 - 1)
    concurrency: int = Field(default=4, ge=1, le=64)
    force: bool = False
    ambassador_weights: PlanPath | None = None
    next_steps: PlanPath | None = None
    lapse: Annotated[str, readable(partial(parse_days, "--lapse"))] | None = None
    horizon: Annotated[str, readable(parse_months)] = "365d"
    discount: float = Field(default=0.15, ge=0, le=10)
    p_two: float | None = Field(default=None, ge=0, le=1)
    acquisition_cost: Amount | None = None
    programme_cost: Amount | None = None
    return_window: Annotated[str, readable(partial(parse_days, "--return-window"))] = "30d"
    lead_weights: PlanPath | None = None

    def options(self) -> ComputeOptions:
        """Return the options of the run; reads the files that it names.

        Raises:
            ConfigError: A file cannot be read or says something impossible.
        """
        return ComputeOptions(
            as_of=parse_as_of(self.as_of) if self.as_of is not None else None,
            window_days=parse_window(self.window),
            activity_days=parse_activity(self.activity),
            dependent_tests=self.dependent_tests,
            seed=self.seed,
            concurrency=self.concurrency,
            terms=self.terms(lead_weights(self.lead_weights) if self.lead_weights is not None else None),
            weights=load_weights(self.ambassador_weights) if self.ambassador_weights is not None else None,
            rules=load_rules(self.next_steps) if self.next_steps is not None else None,
            lapse_days=parse_days("--lapse", self.lapse) if self.lapse is not None else None,
        )

    def terms(self, weights: Mapping[str, float] | None = None) -> Terms:
        """Return what value is reckoned with.

        Raises:
            ConfigError: A figure is out of its range.
        """
        return Terms(
            months=parse_months(self.horizon),
            discount=self.discount,
            p_two=self.p_two,
            acquisition_cost=self.acquisition_cost,
            programme_cost=self.programme_cost,
            return_days=parse_days("--return-window", self.return_window),
            lead_weights=weights,
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
    formats: list[Literal["csv", "json", "ndjson", "parquet", "html", "svg", "png"]] = Field(
        default=["csv"], min_length=1
    )
    params: dict[str, Params] = Field(default_factory=dict)
    excel: bool = False
    raw: bool = False
    show_pii: bool = False

    def paths(self, name: str) -> list[Path]:
        """Return the files that a report is written to."""
        return [self.folder / f"{name}.{format}" for format in self.formats]


class OutFile(Section):
    """An answer to write as one file; its ending says in which format."""

    name: str
    out: PlanPath
    params: Params = Field(default_factory=dict)
    excel: bool = False
    raw: bool = False
    show_pii: bool = False

    @field_validator("out")
    @classmethod
    def known_ending(cls, path: Path) -> Path:
        """Refuse a file whose ending means no format."""
        if format_of(path) is None and path.suffix.lower() not in DRAWN_SUFFIXES:
            raise ValueError(f"must end in one of {', '.join((*SUFFIXES, *DRAWN_SUFFIXES))}")
        return path


class ReportSection(OutFile):
    """One report with parameters of its own; the same one may be asked several times."""


class PagesSection(Section):
    """A folder of pages with the answers of the run, as `influence report build` makes it."""

    folder: PlanPath
    customers: int = Field(default=40, ge=0)
    show_pii: bool = False


class SegmentSection(OutFile):
    """A segment to write as a file of customer ids with reasons."""

    min_size: int = Field(default=1, ge=0)


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
    holdout: Annotated[str, BeforeValidator(as_text), readable(holdout_share)] = "0%"
    seed: int = Field(default=1, ge=0)
    value_column: str | None = None
    already_hashed: bool = False
    null: Literal["keep", "clear"] = "keep"
    columns: dict[str, str] = Field(default_factory=dict)
    changes: bool = False
    key: Literal["email", "id"] = "email"

    @field_validator("columns")
    @classmethod
    def known_names(cls, columns: dict[str, str]) -> dict[str, str]:
        """Refuse names that mean no column of a contact file."""
        for name in columns:
            if name not in known_columns():
                guess = closest(name, list(known_columns()))
                way = f"did you mean `{guess}`?" if guess else f"known are {', '.join(known_columns())}"
                raise ValueError(f"there is no column `{shown(name)}`; {way}")
        return columns

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
            columns=self.columns,
            changes=self.changes,
            key=self.key,
        )
        check_options(request)
        return request


def age(text: str) -> str:
    """Refuse what is no length of time above zero."""
    if seconds(text) <= 0:
        raise ValueError("must be above zero, such as 90d")
    return text


Age = Annotated[str, AfterValidator(age)]


class RetentionSection(Section):
    """Records that are older than you want to keep them; the keys are the options of `influence prune`."""

    older_than: Age
    only: list[str] = Field(default_factory=list)

    @field_validator("only")
    @classmethod
    def known_kinds(cls, names: list[str]) -> list[str]:
        """Refuse kinds of record that there are not."""
        for name in names:
            if name not in KINDS:
                raise ValueError(f"`{shown(name)}` is no kind of record; there are {', '.join(KINDS)}")
        return names


class PruneSection(Section):
    """Which runs to delete; the keys are the options of `influence runs prune`."""

    keep: int = Field(default=3, ge=1)
    older_than: Age | None = None


class Content(Section):
    """Everything a plan may say; a section that is left out is not done."""

    format: Literal[1] = 1
    name: str = Field(pattern=rf"^{NAME}$")
    time_limit: str | None = None
    summary: PlanPath | None = None
    load: list[LoadSection] = Field(default_factory=list)
    retention: RetentionSection | None = None
    compute: ComputeSection | None = None
    check: CheckSection | None = None
    reports: ReportsSection | None = None
    report: list[ReportSection] = Field(default_factory=list)
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
    lines: KeyLines

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
        content = read_toml(data)
    except InvalidToml as error:
        why = f'not valid TOML: {error.reason}; texts need quotes, as in `folder = "extract"`'
        raise invalid(path, [(error.line or 0, why)]) from error
    lines = key_lines(data.decode("utf-8-sig"))
    try:
        made = Content.model_validate(content, context={"folder": path.parent})
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        problems = [problem(one, lines) for one in found[:MOST_PROBLEMS]]
        if left := len(found[MOST_PROBLEMS:]):
            problems.append((0, f"{counted(left, 'more problem')} that are not listed"))
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


def problem(found: Mapping[str, Any], lines: KeyLines) -> tuple[int, str]:
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


# ── what types cannot say ─────────────────────────────────────────────────


def contradictions(plan: Plan) -> Iterator[tuple[int, str]]:
    """Yield line and text of what is impossible within the plan."""
    content = plan.content
    places: list[tuple[tuple[str | int, ...], Any]] = [
        *((("load", number), lambda one=one: one.options(None)) for number, one in enumerate(content.load)),
        *((("audience", number), one.request) for number, one in enumerate(content.audience)),
    ]
    if content.compute is not None:
        places.append((("compute",), content.compute.terms))
    for place, ask in places:
        try:
            ask()
        except InfluenceError as error:
            yield line_of(place, plan.lines), f"`{named(place)}`: {in_plan_words(error)}"
    outputs: dict[Path, str] = {}
    if content.reports is not None:
        outputs = {path: "reports" for name in content.reports.names for path in content.reports.paths(name)}
    for section in ("report", "segment", "audience"):
        for number, out in enumerate(one.out for one in getattr(content, section)):
            name = named((section, number))
            if out in outputs:
                line = line_of((section, number, "out"), plan.lines)
                yield line, f"`{name}.out` is written by `{outputs[out]}` already; give it a place of its own"
            outputs[out] = name
    yield from inside_pages(plan)
    rejects: dict[Path, str] = {}
    for number, one in enumerate(content.load):
        if one.rejects_dir is not None and one.bad_rows == "reject":
            name = named(("load", number))
            if (taken := rejects.setdefault(one.rejects_dir, name)) != name:
                line = line_of(("load", number, "rejects_dir"), plan.lines)
                yield line, f"`{name}.rejects_dir` is that of `{taken}` already; give it a folder of its own"
    yield from misplaced_styles(plan)
    if content.reports is not None:
        for name in content.reports.params:
            if name not in content.reports.names:
                line = line_of(("reports", "params", name), plan.lines)
                yield line, f"`reports.params.{shown(name)}` is for a report that `reports.names` does not list"
    if not content.model_fields_set - {"format", "name", "time_limit", "summary"}:
        yield 0, "there is nothing to do: add `[compute]` or another section"


def inside_pages(plan: Plan) -> Iterator[tuple[int, str]]:
    """Yield line and text of every output that would share its place with the folder of pages, which is replaced."""
    content = plan.content
    if content.pages is None:
        return
    folder = actual(content.pages.folder)
    outputs: list[tuple[tuple[str | int, ...], Path]] = [(("summary",), plan.summary)]
    if content.reports is not None:
        written = (path for name in content.reports.names for path in content.reports.paths(name))
        outputs += [(("reports", "folder"), path) for path in written]
    for section in ("report", "segment", "audience"):
        outputs += [((section, number, "out"), one.out) for number, one in enumerate(getattr(content, section))]
    for number, load in enumerate(content.load):
        if load.rejects_dir is not None:
            outputs.append((("load", number, "rejects_dir"), load.rejects_dir))
    own = line_of(("pages", "folder"), plan.lines)
    for place, path in outputs:
        if actual(path).is_relative_to(folder):
            told = f"`{named(place)}` lies in `pages.folder`, which holds pages alone; give it a place outside"
            yield line_of(place, plan.lines, own), told
        elif actual(path) in folder.parents and place[0] not in ("audience", "load"):  # those are folders
            yield own, f"`pages.folder` lies below a file of `{named(place)}`; give it a place of its own"


def actual(path: Path) -> Path:
    """Return where a path leads, links followed, whether or not there is something."""
    return Path(os.path.realpath(path))


def misplaced_styles(plan: Plan) -> Iterator[tuple[int, str]]:
    """Yield line and text of every `excel` or `raw` where no CSV is written."""
    content = plan.content
    written: list[tuple[tuple[str | int, ...], ReportsSection | OutFile, bool]] = [
        *((("report", number), one, format_of(one.out) == "csv") for number, one in enumerate(content.report)),
        *((("segment", number), one, format_of(one.out) == "csv") for number, one in enumerate(content.segment)),
    ]
    if content.reports is not None:
        written.append((("reports",), content.reports, "csv" in content.reports.formats))
    for place, section, csv in written:
        for key in ("excel", "raw"):
            if getattr(section, key) and not csv:
                told = f"`{named((*place, key))}` is for CSV, and none is written; leave it out or write CSV"
                yield line_of((*place, key), plan.lines), told


def check_plan(plan: Plan, library: Library) -> None:
    """Check a plan against the saved files and the disk; needs no database.

    Raises:
        UsageProblem: It names saved files that do not exist, gives them wrong parameters, or needs folders or files
            that are not there; lists every problem with its line.
        LibraryError: A saved file is invalid.
    """
    problems = list(missing_files(plan))
    if not problems and plan.content.compute is not None:
        problems += unusable_settings(plan, plan.content.compute)
    for place, kind, name, params in saved_files(plan.content):
        try:
            query = library.get(cast("Kind", kind), name)
            if kind != "check":
                query.bind(params)
            if place[0] == "audience":
                require_neutral(name)
            if kind != "check" and query.header.chart is None and drawn_by(plan.content, place):
                raise UsageProblem(
                    f"`{name}` has no chart", code="no-chart", hint="write it as csv, json, ndjson, parquet or html"
                )
        except InfluenceError as error:
            if error.exit_code not in (UsageProblem.exit_code, 5) or type(error).__name__ == "LibraryError":
                raise
            problems.append((line_of(place, plan.lines), f"`{named(place)}`: {in_plan_words(error)}"))
    if problems:
        raise invalid(plan.path, problems)


def unusable_settings(plan: Plan, section: ComputeSection) -> Iterator[tuple[int, str]]:
    """Yield line and text of every fault in the files of settings that `[compute]` names."""
    readers: dict[str, Callable[[Path], object]] = {
        "ambassador_weights": load_weights,
        "next_steps": load_rules,
        "lead_weights": lead_weights,
    }
    for key, read in readers.items():
        path = getattr(section, key)
        if path is None:
            continue
        try:
            read(path)
        except ConfigError as error:
            line = line_of(("compute", key), plan.lines)
            for fault in error.details.get("findings", [error.message]):
                hint = f"; {error.hint}" if error.hint else ""
                yield line, f"`compute.{key}`: `{path.name}`: {fault}{hint}"


def saved_files(content: Content) -> Iterator[tuple[tuple[str | int, ...], str, str, Params]]:
    """Yield place, kind, name and parameters of every saved file that a plan uses."""
    if content.check is not None:
        for number, name in enumerate(content.check.names):
            yield ("check", "names", number), "check", name, {}
    if content.reports is not None:
        for number, name in enumerate(content.reports.names):
            yield ("reports", "names", number), "report", name, content.reports.params.get(name, {})
    for number, report in enumerate(content.report):
        yield ("report", number, "name"), "report", report.name, report.params
    for number, segment in enumerate(content.segment):
        yield ("segment", number, "name"), "segment", segment.name, segment.params
    for number, audience in enumerate(content.audience):
        yield ("audience", number, "segment"), "segment", audience.segment, audience.params


def drawn_by(content: Content, place: tuple[str | int, ...]) -> bool:
    """Tell whether a picture of an answer is asked for."""
    if content.reports is not None and place[0] == "reports":
        return not PICTURES.isdisjoint(content.reports.formats)
    if place[0] not in ("report", "segment"):
        return False
    return DRAWN_SUFFIXES.get(getattr(content, str(place[0]))[place[1]].out.suffix.lower()) in PICTURES


def missing_files(plan: Plan) -> Iterator[tuple[int, str]]:
    """Yield line and text of every input that is not there."""
    wanted: list[tuple[tuple[str | int, ...], Path | None, bool]] = []
    for number, load in enumerate(plan.content.load):
        wanted.append((("load", number, "folder"), load.folder, True))
        if load.mapping is not None and load.mapping.is_absolute():  # otherwise one of those that come with influence
            wanted.append((("load", number, "mapping"), load.mapping, False))
    for key in ("ambassador_weights", "next_steps", "lead_weights"):
        wanted.append((("compute", key), getattr(plan.content.compute, key, None), False))
    for number, audience in enumerate(plan.content.audience):
        wanted.append((("audience", number, "contacts"), audience.contacts, False))
        wanted.append((("audience", number, "suppress"), audience.suppress, False))
    for place, path, folder in wanted:
        if path is not None and not is_there(path, folder):
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
