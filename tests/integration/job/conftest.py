"""A shop that a job has loaded, computed and handed out once."""

from __future__ import annotations

from pathlib import Path

import pytest
from job_shop import Nightly, write_plan, write_shop

from influence.graph import Graph
from influence.job import read_plan, run_job
from influence.project import Project


@pytest.fixture(scope="module")
def nightly(project: Project, graph: Graph, tmp_path_factory: pytest.TempPathFactory) -> Nightly:
    """A job that was run once on an empty database, with everything that its plan says."""
    folder = tmp_path_factory.mktemp("shop")
    write_shop(folder / "extract")
    return Nightly(folder, run_job(project, read_plan(write_plan(folder))))


@pytest.fixture
def folder(nightly: Nightly, tmp_path: Path) -> Path:
    """A further folder with the same shop, which the database holds already."""
    write_shop(tmp_path / "extract")
    return tmp_path
