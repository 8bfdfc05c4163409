"""The only reader of the environment.

Precedence: option of the command > environment > `--env-file` or `.env` in the working directory > default.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from influence.errors import ConfigError

__all__ = ["Origin", "Settings", "is_address", "load_settings", "setting_origins"]

ADDRESS: Final = re.compile(
    r"(bolt|neo4j)(\+s|\+ssc)?://([^\s@/?#:\[\]]+|\[[0-9a-fA-F:.%\w]+\])(:[0-9]{1,5})?/?(\?policy=[\w.-]+)?",
    re.IGNORECASE,
)
"""What an address may consist of: nothing that could be a user name or password, as it is shown in errors and logs."""


def is_address(uri: str) -> bool:
    """Tell whether a text is the address of a server and nothing more, so that it may be shown."""
    return ADDRESS.fullmatch(uri) is not None


def default_home() -> Path:
    """Return the folder for the local server and caches: `.influence` in the working directory."""
    return Path.cwd() / ".influence"


def default_cache() -> Path:
    """Return the folder shared by all projects of this user for downloaded artefacts."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "influence"


class Settings(BaseSettings):
    """Every setting, its variable and its default.

    Connection variables are those of Neo4j's own tools; all others start with `INFLUENCE_`.
    """

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True, hide_input_in_errors=True)

    uri: str | None = Field(
        None, validation_alias="NEO4J_URI", description="Bolt address of your Neo4j; unset: the local server"
    )
    username: str = Field("neo4j", validation_alias="NEO4J_USERNAME", description="User name for NEO4J_URI")
    password: SecretStr | None = Field(None, validation_alias="NEO4J_PASSWORD", description="Password for NEO4J_URI")
    password_file: Path | None = Field(
        None, validation_alias="NEO4J_PASSWORD_FILE", description="File that holds the password for NEO4J_URI"
    )
    database: str = Field("neo4j", validation_alias="NEO4J_DATABASE", description="Name of the database")

    home: Path = Field(
        default_factory=default_home,
        validation_alias="INFLUENCE_HOME",
        description="Folder of this project's local server, keys and caches (default: .influence here)",
    )
    cache: Path = Field(
        default_factory=default_cache,
        validation_alias="INFLUENCE_CACHE",
        description="Folder of downloaded server artefacts, shared by all projects of a user",
    )
    cypher_dir: Path | None = Field(
        None, validation_alias="INFLUENCE_CYPHER_DIR", description="Folder with your own saved Cypher"
    )
    cypher_version: Literal["5", "25"] | None = Field(
        None,
        validation_alias="INFLUENCE_CYPHER_VERSION",
        description="Cypher language prefixed to every statement on servers from 2025.06",
    )
    pseudonym_key_file: Path | None = Field(
        None,
        validation_alias="INFLUENCE_PSEUDONYM_KEY_FILE",
        description="Key for the pseudonyms of e-mail addresses and phone numbers (default: made in INFLUENCE_HOME)",
    )
    server_line: Literal["5.26", "2026.01"] = Field(
        "5.26", validation_alias="INFLUENCE_SERVER_LINE", description="Neo4j line of the local server"
    )
    server_idle_minutes: float = Field(
        30.0,
        ge=0,
        validation_alias="INFLUENCE_SERVER_IDLE_MINUTES",
        description="The local server ends by itself after this many idle minutes; 0 = never",
    )
    server_profile: Literal["auto", "small", "analysis"] = Field(
        "auto",
        validation_alias="INFLUENCE_SERVER_PROFILE",
        description="Memory and compiler of the local server: small (tests, demos), analysis, or auto by machine",
    )

    @field_validator("uri")
    @classmethod
    def only_an_address(cls, uri: str | None) -> str | None:
        """Refuse an address that holds a user name, a password or other parts; never says it."""
        if uri is not None and not is_address(uri):
            raise ValueError(
                "must be an address such as neo4j://host:7687, without user name, password or other parts: those go "
                "into `NEO4J_USERNAME` and `NEO4J_PASSWORD_FILE`"
            )
        return uri

    @property
    def pseudonym_key_path(self) -> Path:
        """File of the pseudonym key: the one that was set, else one in the project's home."""
        return self.pseudonym_key_file or self.home / "pseudonym.key"

    def connection_password(self) -> SecretStr:
        """Return the password for `NEO4J_URI`.

        Raises:
            ConfigError: Neither `NEO4J_PASSWORD` nor a readable `NEO4J_PASSWORD_FILE` is set; lists the places tried.
        """
        if self.password is not None:
            return self.password
        if self.password_file is not None:
            try:
                return SecretStr(self.password_file.read_text(encoding="utf-8").strip())
            except OSError as error:
                raise ConfigError(
                    f"cannot read the password file of `NEO4J_PASSWORD_FILE`: {error.strerror}",
                    code="password-file-unreadable",
                    hint="check its path and that this user may read it",
                ) from error
            except UnicodeDecodeError:
                raise ConfigError(
                    "the password file of `NEO4J_PASSWORD_FILE` is not UTF-8 text",
                    code="password-file-unreadable",
                    hint="check its path; it holds the password and nothing else, saved as UTF-8",
                ) from None  # a traceback would show its bytes
        raise ConfigError(
            "no password for `NEO4J_URI`; tried the option `--password-prompt`, `NEO4J_PASSWORD`, "
            "`NEO4J_PASSWORD_FILE` and the `.env` file, in this order",
            code="password-missing",
            hint="set `NEO4J_PASSWORD_FILE` to a file that only you can read",
        )


def load_settings(env_file: Path | None = None, **options: Any) -> Settings:
    """Read the settings.

    Args:
        env_file: File of `NAME=value` lines; default `.env` in the working directory when it exists.
        options: Values given on the command line by field name; `None` means not given.

    Raises:
        ConfigError: A value is invalid, the named file is missing, or a look-alike variable is set instead.
    """
    if env_file is not None and not env_file.is_file():
        raise ConfigError(
            f"no such file: `{env_file}`",
            code="env-file-missing",
            hint="check the path given to `--env-file`",
        )
    given = {
        (Settings.model_fields[name].validation_alias or name): value
        for name, value in options.items()
        if value is not None
    }
    path = env_file or Path(".env")
    for wrong, right in (("NEO4J_URL", "NEO4J_URI"), ("NEO4J_USER", "NEO4J_USERNAME")):
        if os.environ.get(wrong) and not os.environ.get(right):
            raise ConfigError(
                f"`{wrong}` is set but `influence` reads `{right}`",
                code="setting-misnamed",
                hint=f'run `export {right}="${wrong}"`',
            )
    try:
        return Settings(_env_file=path if path.is_file() else None, **given)  # type: ignore[call-arg, arg-type]
    except ValidationError as error:
        found = {f"`{'.'.join(map(str, e['loc']))}`": worded(e["msg"]) for e in error.errors()}
        raise ConfigError(
            f"invalid setting: {'; '.join(f'{name}: {text}' for name, text in found.items())}",
            code="setting-invalid",
            hint=f"correct {', '.join(found)} where it is set: an option comes before the environment, and that before "
            f"`{path}`",
        ) from None


def worded(message: str) -> str:
    """Return what the validation says of a value, in the form of our messages."""
    text = message.removeprefix("Value error, ")
    return text[:1].lower() + text[1:]


@dataclass(frozen=True)
class Origin:
    """Where the value of a setting comes from.

    Attributes:
        variable: Its variable.
        source: "option", "environment", "`.env`" or "default".
        value: The value as text; secrets appear as "(set)".
    """

    variable: str
    source: str
    value: str


def setting_origins(settings: Settings, env_file: Path | None = None) -> list[Origin]:
    """Return where each value of the settings comes from.

    Args:
        settings: As loaded.
        env_file: The file they were loaded with; default `.env` in the working directory.
    """
    path = env_file or Path(".env")
    in_file = dotenv_values(path) if path.is_file() else {}
    origins = []
    for name, field in Settings.model_fields.items():
        variable = str(field.validation_alias)
        value = getattr(settings, name)
        shown = "(set)" if isinstance(value, SecretStr) else "" if value is None else str(value)
        in_environment, in_dotenv = os.environ.get(variable), in_file.get(variable)
        if in_environment and same_value(in_environment, value):
            source = "environment"
        elif in_dotenv and not in_environment and same_value(in_dotenv, value):
            source = f"`{path}`"
        else:
            source = "option" if name in settings.model_fields_set else "default"
        origins.append(Origin(variable, source, shown))
    return origins


def same_value(text: str, value: object) -> bool:
    """Tell whether a variable's text means the value: as text, as a number, as a path or as a secret."""
    if isinstance(value, SecretStr):
        return text == value.get_secret_value()
    if isinstance(value, float):
        try:
            return float(text) == value
        except ValueError:
            return False
    return str(Path(text)) == str(value) if isinstance(value, Path) else text == str(value)
