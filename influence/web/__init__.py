"""The read-only site: the saved questions as live pages. It needs the extra `web`."""

from __future__ import annotations

from importlib.util import find_spec

from influence.errors import ConfigError

__all__ = ["require_web"]


def require_web() -> None:
    """Refuse to go on without the packages of the extra.

    Raises:
        ConfigError: One of them is not installed.
    """
    missing = [name for name in ("starlette", "uvicorn") if find_spec(name) is None]
    if missing:
        raise ConfigError(
            f"the site needs {' and '.join(f'`{name}`' for name in missing)}",
            code="extra-missing",
            hint='install it with `pip install "influence[web]"`',
        )
