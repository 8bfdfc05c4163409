"""Mappings that come with `influence`, for the exports of systems that many have: TOML files beside this module."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

__all__ = ["named", "preset_text", "presets"]


def folder() -> Path:
    """Return where the mappings are."""
    return Path(str(resources.files("influence.load") / "presets"))


def presets() -> dict[str, str]:
    """Return what each mapping is for, its first line, by name."""
    files = sorted(folder().glob("*.toml"))
    return {path.stem: path.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ") for path in files}


def preset_text(name: str) -> str | None:
    """Return a mapping as it stands in its file, or `None` when there is none of this name."""
    path = folder() / f"{name}.toml"
    return path.read_text(encoding="utf-8") if name in presets() else None


def named(mapping: Path) -> Path:
    """Return the file of a mapping given by path or by name; a file in the working directory comes first."""
    return folder() / f"{mapping}.toml" if not mapping.is_file() and str(mapping) in presets() else mapping
