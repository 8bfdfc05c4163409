"""A dataset folder that `influence load run` takes, written whole or not at all."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from influence.errors import UsageProblem
from influence.files import unwritable

__all__ = ["write_dataset"]


def write_dataset(
    out: Path, tables: Mapping[str, pd.DataFrame], documents: Mapping[str, object] | None = None, *, hint: str
) -> Path:
    """Write tables as CSV and documents as JSON into a new folder, which appears whole or not at all.

    It is made beside its place; what a killed process left of it there goes with the next write.

    Args:
        out: The folder; missing or empty.
        tables: By path below the folder without the ending, such as `customers` or `truth/causes`.
        documents: The same.
        hint: The way out when the folder is in use.

    Returns:
        The folder.

    Raises:
        UsageProblem: `out` exists and is not an empty folder, or it cannot be written.
    """
    target = out.resolve()
    partial = target.with_name(f".{target.name}.partial")
    try:
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise UsageProblem(f"`{out}` exists and is not an empty folder", code="folder-not-empty", hint=hint)
        shutil.rmtree(partial, ignore_errors=True)
        try:
            for name, table in tables.items():
                table.to_csv(placed(partial / f"{name}.csv"), index=False, lineterminator="\n")
            for name, document in (documents or {}).items():
                placed(partial / f"{name}.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
            if target.exists():
                target.rmdir()
            partial.rename(target)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    except OSError as error:
        raise unwritable(out, error) from error
    return out


def placed(path: Path) -> Path:
    """Return a path whose folder is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
