"""A shop to be tormented, on a database that is empty when a test starts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from influence.project import Project
from torture.shop import write_plan, write_shop


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A folder with the files of a shop and its plan."""
    folder = tmp_path / "shop"
    write_shop(folder / "extract")
    write_plan(folder)
    return folder


@pytest.fixture
def place(project: Project, server_line: str, shop: Path) -> dict[str, Any]:
    """Where a child process works: fields of its order."""
    return {"folder": shop, "home": project.home, "settings": {"server_profile": "small", "server_line": server_line}}
