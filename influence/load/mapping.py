"""How the files of another system become datasets: other names, formats and constants, from a TOML file."""

from __future__ import annotations

import codecs
import hashlib
import json
import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from influence.errors import ConfigError
from influence.load.contract import DATASETS, contracts
from influence.queries.findings import closest, counted
from influence.toml import InvalidToml, read_toml

__all__ = ["ColumnSource", "FileFormat", "FileMapping", "MappingFile", "read_mapping"]

OFFSET: Final = re.compile(
    r"(?P<unit>years|months|weeks|days|hours|minutes|seconds|milliseconds|microseconds) since "
    r"(?P<base>\d{4}-\d{2}-\d{2})"
)
"""Formats for numbers that count from a date, such as `months since 1953-10-01`."""


NOT_OF_FILES: Final = frozenset({"idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape", "utf-7"})
"""Encodings that Python knows and that no export uses; some of them execute escapes."""


class Strict(BaseModel):
    """A model that refuses unknown keys and changes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FileFormat(Strict):
    """How a file writes its cells; each may be set for all files under `[defaults]`.

    Attributes:
        encoding: Python name of the character encoding.
        delimiter: Character between cells.
        decimal: Decimal sign.
        thousands: Sign between thousands, or nothing.
        timezone: Zone of instants without one.
        null_values: Texts that mean an empty cell.
        unit: `minor`: amounts are whole numbers of the smallest unit (cents); `major`: such as 12.34.
        phone_country: Country code of phone numbers without one, such as +49.
        extra_columns: What to do with columns nobody knows: `ignore` names them once, `error` refuses the file.
        spreadsheet_check: Whether ids that look damaged by a spreadsheet are rejected.
        complete: Whether the file lists every node of its kind, so that unknown ids elsewhere are errors.
    """

    encoding: str = "utf-8"
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    decimal: Literal[".", ","] = "."
    thousands: str = Field(default="", max_length=1)
    timezone: str = "UTC"
    null_values: tuple[str, ...] = ()
    unit: Literal["minor", "major"] = "minor"
    phone_country: str | None = Field(default=None, pattern=r"\+\d{1,3}")
    extra_columns: Literal["ignore", "error"] = "ignore"
    spreadsheet_check: bool = True
    complete: bool = True

    @field_validator("encoding")
    @classmethod
    def known_encoding(cls, name: str) -> str:
        """Refuse an encoding that Python does not know."""
        try:
            found = codecs.lookup(name)
        except LookupError:
            raise ValueError("is no character encoding; try `cp1252` or `utf-16`") from None
        # Python calls compression, `rot13` and escapes encodings, too: they are none of files.
        if not found._is_text_encoding or found.name in NOT_OF_FILES:
            raise ValueError("is no character encoding of files; try `cp1252` or `utf-16`")
        return name

    @field_validator("delimiter")
    @classmethod
    def single_byte(cls, sign: str) -> str:
        """Refuse a delimiter that means something else, or that is no single byte."""
        if not sign.isascii() or sign.isalnum() or sign in '"\r\n\0':
            raise ValueError("cannot separate cells; use `,`, `;`, `|` or `\\t`")
        return sign

    @field_validator("thousands")
    @classmethod
    def no_digit(cls, sign: str) -> str:
        """Refuse a sign that is part of numbers: without it they would be other numbers."""
        if sign.isalnum() or sign in ("-", "+", "\0"):
            raise ValueError("is part of numbers; use `.`, `,`, a blank or `'`")
        return sign

    @field_validator("timezone")
    @classmethod
    def known_zone(cls, name: str) -> str:
        """Refuse a zone that is not in the zone database."""
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("is no time zone; write it like `Europe/Berlin`") from None
        return name

    @model_validator(mode="after")
    def distinct_signs(self) -> FileFormat:
        """Refuse one sign for decimals and thousands."""
        if self.thousands == self.decimal:
            raise ValueError("`decimal` and `thousands` are the same sign")
        return self


class ColumnSource(Strict):
    """Where a column comes from.

    Attributes:
        column: Name in the file's header.
        format: For instants: a `strptime` pattern, `year`, or `months since 1953-10-01` and the like.
        strip: Signs cut off at the front, such as the ' that keeps a spreadsheet from rewriting a number.
        optional: Whether the file may lack the column.
        prefix: Text put in front of every value, to keep the ids of two systems apart.
        unit: As in `FileFormat`, for this column alone.
        timezone: As in `FileFormat`, for this column alone.
        values: What to read instead of a cell's text, such as { Ja = "true", Nein = "false" }.
    """

    column: str
    format: str | None = None
    strip: str = ""
    optional: bool = False
    prefix: str = ""
    unit: Literal["minor", "major"] | None = None
    timezone: str | None = None
    values: dict[str, str] = Field(default_factory=dict)

    @field_validator("format")
    @classmethod
    def known_format(cls, text: str | None) -> str | None:
        """Refuse a format that is neither a pattern nor a counted unit."""
        if text is not None and "%" in text:
            try:
                pd.to_datetime(pd.Series([], dtype="str"), format=text)
            except (ValueError, re.error):
                raise ValueError("is no pattern of date and time; write it like `%d.%m.%Y %H:%M`") from None
            return text
        if text is None or text == "year":
            return text
        counted = OFFSET.fullmatch(text)
        if counted is not None and counted["unit"] in ("years", "months") and int(counted["base"][-2:]) > 28:
            raise ValueError("counts months from a day that not every month has; write a day up to 28")
        if counted is None:
            raise ValueError("is no format; write a pattern such as `%d.%m.%Y`, `year`, or `months since 2020-01-01`")
        return text


class FileMapping(Strict):
    """One file of a dataset.

    Attributes:
        file: Name in the dataset folder, or an absolute path; default: the dataset's own name.
        columns: Where the columns come from, by the contract's names; others are found by their own name.
        constants: Values, as text, of columns that the file does not have.
        ignore: Columns of the file that are not loaded and not mentioned.
        format: How the file writes its cells.
    """

    file: Path | None = None
    columns: dict[str, ColumnSource] = Field(default_factory=dict)
    constants: dict[str, str] = Field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    format: FileFormat = FileFormat()

    @field_validator("columns", mode="before")
    @classmethod
    def short_columns(cls, given: Any) -> Any:
        """Read `name = "Header"` as `name = { column = "Header" }`."""
        if not isinstance(given, dict):
            return given
        return {name: {"column": value} if isinstance(value, str) else value for name, value in given.items()}

    @field_validator("constants", mode="before")
    @classmethod
    def constants_as_text(cls, given: Any) -> Any:
        """Read numbers, booleans and dates of TOML as the text a file would have."""
        if not isinstance(given, dict):
            return given
        return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in given.items()}

    @cached_property
    def checksum(self) -> str:
        """SHA-256 of what decides how rows are read; the file's place does not."""
        content = self.model_dump(mode="json", exclude={"file"})
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


class MappingFile(Strict):
    """A whole mapping.

    Attributes:
        source: Name of the system the files come from; the scope of a sweep.
        datasets: Files per dataset; a dataset that is not here has its own file name and format.
        default: How files are read that have no section.
        path: Where it was read.
    """

    source: str | None = None
    datasets: dict[str, tuple[FileMapping, ...]] = Field(default_factory=dict)
    default: FileMapping = FileMapping()
    path: Path | None = None

    def files(self, dataset: str) -> tuple[FileMapping, ...]:
        """Return the files of a dataset; one with its own name when the mapping has none."""
        return self.datasets.get(dataset, (self.default,))


def read_mapping(path: Path | None, encoding: str | None = None) -> MappingFile:
    """Read a mapping file.

    Args:
        path: The file; `None` gives the mapping that changes nothing.
        encoding: Character encoding of all files, over what the mapping says.

    Raises:
        ConfigError: It cannot be read or says something unknown; lists every problem.
    """
    content = content_of(path) if path is not None else {}
    problems: list[str] = []
    source = content.pop("source", None)
    defaults = content.pop("defaults", {})
    if encoding is not None:
        defaults = {**defaults, "encoding": encoding}
    default = made(FileMapping, {"format": defaults}, "defaults", problems)
    if default is None:  # said once, not again for every section
        default, defaults = FileMapping(), {}
    datasets: dict[str, tuple[FileMapping, ...]] = {}
    for name, given in content.items():
        if name not in DATASETS:
            problems.append(f"`[{name}]` is no dataset" + suggestion(name, DATASETS))
            continue
        parts = given if isinstance(given, list) else [given]
        made_parts = [file_mapping(name, part, defaults, encoding, problems) for part in parts]
        datasets[name] = tuple(part for part in made_parts if part is not None)
    if source is not None and not (isinstance(source, str) and re.fullmatch(r"[\w.-]{1,60}", source)):
        problems.append("`source` must be a short name of letters, digits, `.`, `_` and `-`")
    if problems:
        raise ConfigError(
            "\n  ".join([f"{counted(len(problems), 'problem')} in `{path or 'the options'}`", *problems]),
            code="mapping-invalid",
            hint="`influence load init DIR` writes a commented mapping; `influence load contracts NAME` lists columns",
            problems=problems,
        )
    return MappingFile(source=source, datasets=datasets, default=default, path=path)


def content_of(path: Path) -> dict[str, Any]:
    """Return the content of a mapping's file.

    Raises:
        ConfigError: It cannot be read or is no TOML.
    """
    try:
        return read_toml(path.read_bytes())
    except OSError as error:
        raise ConfigError(
            f"cannot read the mapping `{path}`: {(error.strerror or 'unknown reason').lower()}",
            code="mapping-unreadable",
            hint="check the path given to `--mapping`; `influence load mappings` lists those that come with influence",
        ) from error
    except InvalidToml as error:
        raise ConfigError(
            f"`{path}` is not valid TOML: {error}",
            code="mapping-invalid",
            hint='texts need quotes, as in `file = "orders.csv"`; `influence load init DIR` writes an example',
        ) from error


def file_mapping(
    dataset: str, given: Any, defaults: Mapping[str, Any], encoding: str | None, problems: list[str]
) -> FileMapping | None:
    """Return one section of a mapping, the defaults filled in."""
    if not isinstance(given, dict):
        problems.append(f"`{dataset}` must be a section `[{dataset}]`")
        return None
    own = {key: given[key] for key in given if key in FileFormat.model_fields}
    rest = {key: given[key] for key in given if key not in own}
    forced = {} if encoding is None else {"encoding": encoding}
    if "format" in rest:
        problems.append(f"`[{dataset}]` `format` is no key; set the format of a column beside its name")
        return None
    mapping = made(FileMapping, {**rest, "format": {**defaults, **own, **forced}}, dataset, problems)
    if mapping is None:
        return None
    known = contracts()[dataset].columns
    for name in (*mapping.columns, *mapping.constants):
        if name not in known:
            problems.append(f"`[{dataset}]` has no column `{name}`" + suggestion(name, known))
    for name in mapping.columns:
        if name in mapping.constants:
            problems.append(f"`[{dataset}]` `{name}` is both a column and a constant")
    return mapping


def made(model: type[FileMapping], given: dict[str, Any], section: str, problems: list[str]) -> FileMapping | None:
    """Return a validated section, or add what is wrong with it."""
    try:
        return model.model_validate(given)
    except ValidationError as error:
        for problem in error.errors():
            place = ".".join(str(part) for part in problem["loc"] if part != "format" or len(problem["loc"]) == 1)
            last = str(problem["loc"][-1]) if problem["loc"] else section
            if problem["type"] == "extra_forbidden":
                keys = (*FileMapping.model_fields, *FileFormat.model_fields, *ColumnSource.model_fields)
                problems.append(f"`[{section}]` unknown key `{place}`" + suggestion(last, keys))
            else:
                text = problem["msg"].removeprefix("Value error, ")
                problems.append(f"`[{section}]` `{place}`: {text[:1].lower()}{text[1:]}")
        return None


def suggestion(name: str, known: Any) -> str:
    """Return the closest known name as half a sentence, or nothing."""
    guess = closest(name, list(known))
    return f"; did you mean `{guess}`?" if guess else ""
