"""Run docs/examples/first-look.ipynb against the shop of examples/shop-export and keep its outputs.

Run `python tools/write_example.py` after a change of the notebook or of what it shows; `tests/docs` fails while the
outputs differ. The shop is loaded and computed into a project of its own, which is thrown away afterwards.
"""

from __future__ import annotations

import contextlib
import re
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
NOTEBOOK = ROOT / "docs" / "examples" / "first-look.ipynb"
RUN = "first-look"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def prepare(graph: Any, home: Path) -> None:
    """Load the shop and compute its scores under a run id that does not change."""
    from influence.compute import ComputeOptions, compute_run
    from influence.load import LoadOptions, PseudonymKey, load_folder
    from influence.progress import Silent

    shop = ROOT / "examples" / "shop-export"
    load_folder(graph, shop, LoadOptions(home=home), PseudonymKey(home / "pseudonym.key"), Silent(), NOW)
    compute_run(graph, ComputeOptions(), Silent(), run_id=RUN, home=home)


def executed(notebook: Any) -> Any:
    """Run all cells and return the notebook with outputs, without what differs from machine to machine."""
    import nbformat
    from nbclient import NotebookClient

    fresh = nbformat.from_dict(notebook)
    with tempfile.TemporaryDirectory() as folder:
        NotebookClient(fresh, timeout=300, kernel_name="python3", resources={"metadata": {"path": folder}}).execute()
    fresh.metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    for cell in fresh.cells:
        cell.metadata = {}
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            for kind, text in data.items():
                data[kind] = steady(text)
            if "text" in output:
                output["text"] = steady(output["text"])
    return fresh


def steady(text: str) -> str:
    """Return an output with one fixed time of publication: the only thing that differs between two executions."""
    text = re.sub(r"(cores computed) \d{4}-\d\d-\d\d \d\d:\d\d UTC", rf"\1 {NOW:%Y-%m-%d %H:%M} UTC", text)
    return re.sub(r" \([^()]* ago\)", "", text)


def main() -> int:
    """Execute the notebook and write it."""
    import nbformat

    from influence.project import Project
    from influence.server import LocalServer
    from influence.settings import load_settings

    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(home=Path(folder) / "home", server_profile="small", uri=None)
        try:
            with Project(settings) as project, environment(INFLUENCE_HOME=str(settings.home)):
                prepare(project.graph(), settings.home)
                done = executed(nbformat.read(NOTEBOOK, as_version=4))
        finally:
            LocalServer(settings).stop()
    nbformat.write(done, NOTEBOOK)
    return 0


@contextlib.contextmanager
def environment(**values: str) -> Any:
    """Set variables for the kernel, which inherits them."""
    import os

    before = {name: os.environ.get(name) for name in values}  # noqa: TID251  the kernel is another process
    os.environ.update(values)  # noqa: TID251
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)  # noqa: TID251
            else:
                os.environ[name] = value  # noqa: TID251


if __name__ == "__main__":
    sys.exit(main())
