"""Settings: where each value comes from, and what a wrong one says."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest
from pydantic import SecretStr

from influence.errors import ConfigError
from influence.graph import Graph
from influence.settings import Settings, load_settings, setting_origins


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable of ours is set, whatever the tests before have set for their server."""
    for variable in [field.validation_alias for field in Settings.model_fields.values()] + ["NEO4J_URL", "NEO4J_USER"]:
        monkeypatch.delenv(str(variable), raising=False)
    monkeypatch.chdir(tmp_path)


def test_value_when_given_in_all_places_then_option_wins_over_environment_over_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("NEO4J_URI=bolt://from-file\nNEO4J_DATABASE=from-file\nNEO4J_USERNAME=from-file\n")
    monkeypatch.setenv("NEO4J_URI", "bolt://from-environment")
    monkeypatch.setenv("NEO4J_DATABASE", "from-environment")
    settings = load_settings(uri="bolt://from-option")
    assert (settings.uri, settings.database, settings.username) == (
        "bolt://from-option",
        "from-environment",
        "from-file",
    )


def test_home_when_unset_then_in_the_working_directory_and_never_the_users_home(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("INFLUENCE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    assert load_settings().home == tmp_path / ".influence"


def test_number_when_malformed_then_error_names_the_variable_and_not_the_value(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("INFLUENCE_SERVER_IDLE_MINUTES", "soon")
    with pytest.raises(ConfigError) as caught:
        load_settings()
    assert "INFLUENCE_SERVER_IDLE_MINUTES" in caught.value.message
    assert "soon" not in caught.value.message
    assert (caught.value.hint or "").startswith("correct `INFLUENCE_SERVER_IDLE_MINUTES` where it is set")


@pytest.mark.parametrize(("wrong", "right"), [("NEO4J_URL", "NEO4J_URI"), ("NEO4J_USER", "NEO4J_USERNAME")])
def test_look_alike_variable_when_set_then_hint_names_the_right_one(
    monkeypatch: pytest.MonkeyPatch, wrong: str, right: str
) -> None:
    monkeypatch.setenv(wrong, "x")
    with pytest.raises(ConfigError) as caught:
        load_settings()
    assert right in (caught.value.hint or "")


def test_password_when_missing_then_every_place_tried_is_listed() -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings(uri="bolt://somewhere").connection_password()
    places = ["--password-prompt", "NEO4J_PASSWORD", "NEO4J_PASSWORD_FILE", ".env"]
    assert [place for place in places if place not in caught.value.message] == []


def test_password_when_in_a_file_then_read_without_the_line_end(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("secret\n")
    settings = load_settings(password_file=tmp_path / "password")
    assert settings.connection_password().get_secret_value() == "secret"


def test_password_when_its_file_is_no_text_then_told_without_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "password").write_bytes(b"hunter\xff2")
    with pytest.raises(ConfigError, match="not UTF-8") as caught:
        load_settings(password_file=tmp_path / "password").connection_password()
    assert caught.value.hint
    assert "hunter" not in "".join(traceback.format_exception(caught.value))


def test_settings_when_printed_then_the_password_is_hidden() -> None:
    assert "hunter2" not in repr(load_settings(password="hunter2"))


@pytest.mark.parametrize(
    "uri",
    [
        "bolt://neo4j:hunter2@host:7687",
        "bolt://hunter2@host",
        "neo4j://neo4j:hun/hunter2@host",
        "neo4j://host:hunter2",
        "neo4j://host?password=hunter2",
        "neo4j://host?policy=eu&token=hunter2",
        "neo4j://host/hunter2",
        "neo4j://host#hunter2",
        "https://neo4j:hunter2@host",
        "hunter2",
    ],
)
def test_address_when_it_could_hold_a_password_then_refused_without_saying_it(uri: str) -> None:
    with pytest.raises(ConfigError, match="NEO4J_PASSWORD_FILE") as caught:
        load_settings(uri=uri)
    with pytest.raises(ValueError, match="NEO4J_URI") as direct:
        Settings(NEO4J_URI=uri)
    with pytest.raises(ConfigError) as refused:
        Graph(uri, "neo4j", SecretStr("x"))
    for error in (caught.value, direct.value, refused.value):
        assert "hunter2" not in "".join(traceback.format_exception(error))


@pytest.mark.parametrize(
    "uri",
    ["bolt://localhost", "neo4j+s://abc.databases.neo4j.io", "bolt+ssc://[::1]:7687/", "neo4j://h_1:7687?policy=eu"],
)
def test_address_when_it_is_one_then_taken(uri: str) -> None:
    assert load_settings(uri=uri).uri == uri


def test_every_setting_when_listed_then_has_a_description() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_env_file_when_missing_then_error_names_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        load_settings(tmp_path / "nothing.env")


def test_origins_when_listed_then_each_value_names_its_place_and_secrets_stay_hidden(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("NEO4J_USERNAME=from-file\nNEO4J_PASSWORD=hunter2\nNEO4J_URI=bolt://file\n")
    monkeypatch.setenv("NEO4J_DATABASE", "from-environment")
    monkeypatch.setenv("INFLUENCE_SERVER_IDLE_MINUTES", "5")
    origins = {origin.variable: origin for origin in setting_origins(load_settings(uri="bolt://option"))}
    assert origins["NEO4J_URI"].source == "option"
    assert origins["NEO4J_DATABASE"].source == "environment"
    assert origins["INFLUENCE_SERVER_IDLE_MINUTES"].source == "environment"
    assert origins["NEO4J_USERNAME"].source == "`.env`"
    assert origins["INFLUENCE_SERVER_LINE"].source == "default"
    assert origins["NEO4J_PASSWORD"].value == "(set)"
