"""The Compose file is valid and keeps its promises: loopback only, password from a file, a real health check."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from influence.doctor import GUARDS, UNLIMITED

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))


def test_compose_file_when_checked_against_the_schema_then_valid(compose: dict[str, Any], data: Path) -> None:
    schema = json.loads((data / "compose" / "compose_spec.json").read_text(encoding="utf-8"))
    jsonschema.Draft7Validator(schema).validate(compose)


def test_compose_ports_when_published_then_on_loopback_only(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        assert all(port.startswith("127.0.0.1:") for port in service["ports"])


def test_compose_password_when_configured_then_only_from_a_secret_file(compose: dict[str, Any]) -> None:
    environment = compose["services"]["neo4j"]["environment"]
    assert environment["NEO4J_AUTH_FILE"] == "/run/secrets/neo4j_auth"
    assert "NEO4J_AUTH" not in environment
    assert compose["secrets"]["neo4j_auth"]["file"].startswith("./secrets/")


def test_compose_health_check_when_run_then_asks_graph_data_science(compose: dict[str, Any]) -> None:
    assert "RETURN gds.version()" in compose["services"]["neo4j"]["healthcheck"]["test"][1]


def test_compose_image_when_named_then_full_version_of_the_reference_line(compose: dict[str, Any]) -> None:
    assert compose["services"]["neo4j"]["image"] == "neo4j:${NEO4J_VERSION:-5.26.30}-community"
    lock = (ROOT / "influence" / "server" / "artefacts.lock").read_text(encoding="utf-8")
    assert "5.26.30" in lock


@pytest.mark.parametrize("name", GUARDS)
def test_compose_server_when_doctor_looks_at_it_then_every_guard_is_set_and_documented(
    compose: dict[str, Any], name: str
) -> None:
    variable = "NEO4J_" + name.replace("_", "__").replace(".", "_")
    value = compose["services"]["neo4j"]["environment"][variable]
    wanted = GUARDS[name]
    assert value in wanted if wanted else value not in UNLIMITED
    assert f"`{name}`" in (ROOT / "docs" / "security.md").read_text(encoding="utf-8").split("**Your own Neo4j**")[1]
