"""Which file holds which dataset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from influence.errors import UsageProblem
from influence.load.contract import DATASETS, Contract, contracts
from influence.load.mapping import FileMapping, MappingFile
from influence.load.reader import SUFFIXES
from influence.queries.findings import closest

__all__ = ["MAPPING_NAME", "Source", "find_sources", "unknown_files"]

MAPPING_NAME: Final = "mapping.toml"
NOT_DATA: Final = (".rejects.csv",)


@dataclass(frozen=True)
class Source:
    """One file of one dataset.

    Attributes:
        contract: What its columns mean.
        mapping: How it writes them.
        path: Where it is.
        part: Its number among the files of the dataset.
    """

    contract: Contract
    mapping: FileMapping
    path: Path
    part: int = 0


def find_sources(folder: Path, mapping: MappingFile, only: Sequence[str] = ()) -> list[Source]:
    """Find the file of every dataset that is there.

    Args:
        folder: The dataset folder.
        mapping: Other names of files.
        only: Datasets wanted; empty means all.

    Returns:
        The files in the order of loading.

    Raises:
        UsageProblem: The folder does not exist or holds nothing to load, a file that was asked for is missing, or a
            dataset has two files. Lists every problem.
    """
    if not folder.is_dir():
        raise UsageProblem(
            f"no such folder: `{folder}`",
            code="folder-missing",
            hint=f"`influence load init {folder}` makes one to start from",
        )
    found: list[Source] = []
    problems: list[str] = []
    for dataset, contract in contracts().items():
        if only and dataset not in only:
            continue
        for part, section in enumerate(mapping.files(dataset)):
            if section.file is not None:
                path = folder / section.file
                if not path.is_file():
                    problems.append(f"`{dataset}`: there is no file `{section.file}`")
                elif not str(path).endswith(SUFFIXES):
                    problems.append(f"`{dataset}`: `{section.file}` ends in none of {', '.join(SUFFIXES)}")
                else:
                    found.append(Source(contract, section, path, part))
                continue
            paths = [folder / f"{dataset}{suffix}" for suffix in SUFFIXES if (folder / f"{dataset}{suffix}").is_file()]
            if len(paths) > 1:
                names = " and ".join(f"`{path.name}`" for path in paths)
                problems.append(f"`{dataset}`: {names} are both there; keep one")
            elif paths:
                found.append(Source(contract, section, paths[0], part))
            elif dataset in only or dataset in mapping.datasets:
                problems.append(f"`{dataset}`: there is no file `{dataset}.csv`" + nearest(dataset, folder))
    if problems:
        text = problems[0] if len(problems) == 1 else f"{len(problems)} problems with the files in `{folder}`"
        raise UsageProblem(
            text,
            code="file-missing",
            hint='name other files in a mapping, as in `[purchases]` `file = "orders.csv"`',
            findings=problems if len(problems) > 1 else [],
        )
    if not found:
        guesses = [
            f"`{name}` looks like `{guess}`" for name in other_files(folder) if (guess := closest(stem(name), DATASETS))
        ]
        raise UsageProblem(
            f"`{folder}` holds no dataset file" + (f"; {', '.join(guesses)}" if guesses else ""),
            code="nothing-to-load",
            hint=f"`influence load init {folder}` shows the names and columns; a mapping gives other names",
        )
    return found


def unknown_files(folder: Path, sources: Sequence[Source]) -> list[str]:
    """Return a note for every data file in the folder that is not loaded."""
    used = {source.path.resolve() for source in sources}
    known = {f"{dataset}{suffix}" for dataset in DATASETS for suffix in SUFFIXES}
    notes = []
    for name in other_files(folder):
        if (folder / name).resolve() in used or name in known:
            continue
        guess = closest(stem(name), DATASETS)
        notes.append(f"`{name}` is not loaded" + (f"; did you mean `{guess}.csv`?" if guess else ""))
    return notes


def other_files(folder: Path) -> list[str]:
    """Return the names of all data files in a folder."""
    return sorted(
        path.name
        for path in folder.iterdir()
        if path.is_file() and path.name.endswith(SUFFIXES) and not path.name.endswith(NOT_DATA)
    )


def stem(name: str) -> str:
    """Return a file name without its ending."""
    return next((name.removesuffix(suffix) for suffix in SUFFIXES if name.endswith(suffix)), name)


def nearest(dataset: str, folder: Path) -> str:
    """Return the file that a missing one may be, as half a sentence."""
    guess = closest(dataset, [stem(name) for name in other_files(folder)])
    return f"; did you mean the file `{guess}`?" if guess and guess != dataset else ""
