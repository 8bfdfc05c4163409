"""The catalogue of saved Cypher: where the files are, what they are called, what they say."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

from influence.errors import ConfigError, LibraryError, UsageProblem
from influence.queries.findings import Finding, closest, counted, library_error, shown
from influence.queries.header import KINDS, START, Header, Kind, read_header, split
from influence.queries.tokens import tokenize

__all__ = ["Library", "SavedQuery", "library", "saved_text"]

FOLDERS: Final[Mapping[Kind, str]] = {
    "schema": "schema",
    "load": "loads",
    "report": "reports",
    "segment": "segments",
    "check": "checks",
    "internal": "internal",
}
"""The folder of each kind. Any other folder is a subject (reach, persuasion, value) with metric and internal files."""

FILE_NAME: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SCHEMA_NAME: Final = re.compile(r"V\d{3,}__[a-z0-9]+(_[a-z0-9]+)*")
LARGEST: Final = 65_536
"""Bytes a saved file may have; more is no query."""


@dataclass(frozen=True)
class SavedQuery:
    """One saved file.

    Attributes:
        kind: What it is for.
        name: Stem of its file.
        text: The statement, without the header.
        header: What it says about itself.
        path: Where it is.
        line: Line of the file at which `text` starts.
    """

    kind: Kind
    name: str
    text: str
    header: Header
    path: Path
    line: int = 1

    @property
    def file(self) -> str:
        """The file for messages, such as `reports/top-persuaders.cypher`."""
        return f"{self.path.parent.name}/{self.path.name}"

    @property
    def checksum(self) -> str:
        """SHA-256 of the LF-normalised text below the header, in hexadecimal."""
        return hashlib.sha256(self.text.encode("utf-8")).hexdigest()

    def bind(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Turn what was given into typed values for every declared parameter.

        Args:
            given: Texts by parameter name, as from `-p name=text`; code may pass values of the right type.

        Returns:
            A value for every declared parameter; those not given have their default, or null when optional.

        Raises:
            UsageProblem: A name is unknown, a required one is missing, or a value is not of its type or not
                allowed. Lists every problem; never a value.
        """
        problems: list[str] = []
        bound: dict[str, Any] = {}
        declared = self.header.params
        for name in given:
            if name not in declared:
                guess = closest(name, list(declared))
                known = ", ".join(f"`{known}`" for known in declared) or "none"
                problems.append(
                    f"`{shown(name)}` is no parameter; "
                    + (f"did you mean `{guess}`?" if guess else f"it takes {known}")
                )
        for name, parameter in declared.items():
            if name not in given:
                if parameter.required:
                    problems.append(f"`{name}` must be given" + (f": {parameter.help}" if parameter.help else ""))
                bound[name] = parameter.default
                continue
            try:
                bound[name] = parameter.bind(given[name])
            except ValueError as error:
                problems.append(f"`{name}` {error}")
        if problems:
            raise UsageProblem(
                "\n  ".join([f"{counted(len(problems), 'problem')} with the parameters of `{self.name}`", *problems]),
                code="bad-parameter",
                hint=self.usage(),
                problems=problems,
            )
        return bound

    def uses(self, parameter: str) -> bool:
        """Return whether the statement has a parameter."""
        return any(token.kind == "param" and token.name == parameter for token in tokenize(self.text))

    def usage(self) -> str:
        """Return a command that shows how parameters are given."""
        if self.kind not in ("report", "segment"):
            return f"parameters: {', '.join(self.header.params) or 'none'}"
        wanted = [name for name, parameter in self.header.params.items() if parameter.required]
        options = "".join(f" -p {name}=…" for name in wanted or list(self.header.params)[:1])
        show = f"`influence {self.kind} show {self.name}` explains each parameter"
        return f"run `influence {self.kind} run {self.name}{options}`; {show}" if options else show


def read_saved(path: Path) -> SavedQuery | list[Finding]:
    """Read one saved file.

    Returns:
        The query, or everything that is wrong with its header.
    """
    file = f"{path.parent.name}/{path.name}"
    if not path.is_file():
        return [Finding(file, 1, "IC001", "is no file")]
    try:
        with path.open("rb") as opened:
            raw = opened.read(LARGEST + 1)
    except OSError as error:
        return [Finding(file, 1, "IC001", f"cannot be read: {(error.strerror or 'unknown reason').lower()}")]
    if len(raw) > LARGEST:
        return [Finding(file, 1, "IC001", f"has more than {LARGEST:,} bytes")]
    try:
        content = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        return [Finding(file, line, "IC001", f"is not UTF-8 (byte {error.start})")]
    parts = split(content, file)
    if not isinstance(parts, list):
        header = read_header(parts, file)
        findings = misnamed(path, parts.kind, file)
        if isinstance(header, Header) and not findings:
            return SavedQuery(parts.kind, path.stem, parts.body, header, path, parts.body_line)
        return sorted([*findings, *([] if isinstance(header, Header) else header)])
    return parts


def misnamed(path: Path, kind: Kind, file: str) -> list[Finding]:
    """Find a file whose name or folder is not that of its kind."""
    findings = []
    pattern, example = (SCHEMA_NAME, "V010__customer_id_unique") if kind == "schema" else (FILE_NAME, "top-persuaders")
    if not pattern.fullmatch(path.stem):
        findings.append(Finding(file, 1, "IC001", f"the name `{shown(path.stem)}` is not like `{example}`"))
    folder = path.parent.name
    home = FOLDERS.get(kind)
    is_subject = folder not in FOLDERS.values()
    if folder != home and not (is_subject and kind in ("metric", "internal")):
        findings.append(Finding(file, 1, "IC001", f"a {kind} does not belong in the folder `{shown(folder)}`"))
    return findings


@dataclass(frozen=True)
class Library:
    """The saved files of one or more folders; a name in an earlier folder hides the same name in a later one.

    Attributes:
        roots: Folders, each with `reports/`, `segments/` and so on.
    """

    roots: tuple[Path, ...]
    _read: dict[Path, SavedQuery | list[Finding]] = field(default_factory=dict, repr=False, compare=False)

    def paths(self, kind: Kind) -> dict[str, Path]:
        """Return the file of every name of a kind, sorted by name; reads at most the first line of a file."""
        found: dict[str, Path] = {}
        for root in reversed(self.roots):
            if home := FOLDERS.get(kind):
                found |= {path.stem: path for path in root.glob(f"{home}/*.cypher")}
            if kind in ("metric", "internal"):
                found |= {path.stem: path for path in subjects(root) if first_kind(path) == kind}
        return dict(sorted(found.items()))

    def names(self, kind: Kind) -> list[str]:
        """Return the names of a kind, without parsing any header."""
        return list(self.paths(kind))

    def get(self, kind: Kind, name: str) -> SavedQuery:
        """Return one saved query.

        Names are looked up in the listing of the folders and never become part of a path.

        Raises:
            UsageProblem: There is none of this name; says the closest.
            LibraryError: Its header is invalid; lists every finding.
        """
        known = self.paths(kind)
        if name not in known:
            guess = closest(name, list(known))
            listing = f"influence {kind} list" if kind in ("report", "segment", "check") else "influence library lint"
            raise UsageProblem(
                f"no {kind} named `{shown(name)}`",
                code=f"{kind}-not-found",
                hint=(f"did you mean `{guess}`? " if guess else "") + f"Run `{listing}` to see all {len(known)}",
                closest=guess,
            )
        found = self.read(known[name])
        if isinstance(found, list):
            raise library_error(found)
        return found

    def all(self, kind: Kind) -> list[SavedQuery]:
        """Return every saved query of a kind, sorted by name.

        Raises:
            LibraryError: Headers are invalid; lists the findings of all files of the kind.
        """
        found = [self.read(path) for path in self.paths(kind).values()]
        if findings := [finding for bad in found if isinstance(bad, list) for finding in bad]:
            raise library_error(findings)
        return [query for query in found if isinstance(query, SavedQuery)]

    def read(self, path: Path) -> SavedQuery | list[Finding]:
        """Return the query in a file or its findings; reads each file once."""
        if path not in self._read:
            self._read[path] = read_saved(path)
        return self._read[path]

    def files(self) -> list[Path]:
        """Return every saved file of every folder, hidden ones included."""
        return sorted(path for root in self.roots for path in root.glob("*/*.cypher"))


def subjects(root: Path) -> Iterator[Path]:
    """Yield the files of the folders that are named after a subject, not a kind."""
    for path in root.glob("*/*.cypher"):
        if path.parent.name not in FOLDERS.values():
            yield path


def first_kind(path: Path) -> str | None:
    """Return the kind on the first line of a file."""
    if not path.is_file():
        return None
    try:
        with path.open("rb") as file:
            line = file.readline(100).decode("utf-8", "replace")
    except OSError:
        return None
    match = START.fullmatch(line.rstrip())
    return match[1] if match and match[1] in KINDS else None


def packaged_folder() -> Path:
    """Return the folder of the files that come with `influence`.

    An installed package holds a copy; an editable install has them beside the package.

    Raises:
        LibraryError: The installation is incomplete.
    """
    package = Path(str(resources.files("influence")))
    for folder in (package / "cypher", package.parent / "cypher"):
        if folder.is_dir():
            return folder
    raise LibraryError(
        "the saved Cypher files of `influence` are missing",
        code="library-missing",
        hint="install it again: `pip install --force-reinstall influence`",
    )


def library(cypher_dir: Path | None = None) -> Library:
    """Open the catalogue.

    Args:
        cypher_dir: Folder with own files (`--cypher-dir`, `INFLUENCE_CYPHER_DIR`); they come before ours.

    Raises:
        ConfigError: The folder does not exist.
        LibraryError: The installation is incomplete.
    """
    if cypher_dir is None:
        return Library((packaged_folder(),))
    if not cypher_dir.is_dir():
        raise ConfigError(
            f"no such folder: `{cypher_dir}`",
            code="cypher-dir-missing",
            hint="check `--cypher-dir` or `INFLUENCE_CYPHER_DIR`; it holds folders such as `reports/`",
        )
    return Library((cypher_dir, packaged_folder()))


@cache
def packaged() -> Library:
    """Return the catalogue of the files that come with `influence`."""
    return library()


def saved_text(kind: Kind, name: str) -> str:
    """Return the statement of a file that comes with `influence`; own folders cannot change what the code runs.

    Raises:
        UsageProblem: There is none of this name.
        LibraryError: Its header is invalid.
    """
    return packaged().get(kind, name).text
