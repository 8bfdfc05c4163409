"""The lock of the Python packages: every file has a digest, and what is installed is what the lock says."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

from packaging.markers import Marker

LOCK = Path(__file__).parents[3] / "requirements.lock"


def entries() -> list[tuple[str, str, list[str]]]:
    """Return name, version and digests of every package that is for this Python."""
    found = []
    for block in re.split(r"\n(?=\S)", LOCK.read_text(encoding="utf-8")):
        match = re.match(r"([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)(?:\s*;\s*([^\\\n]+))?", block)
        assert match or not block.strip() or block.startswith("#"), f"no exact version: {block[:60]}"
        if match and (match[3] is None or Marker(match[3].strip()).evaluate()):
            found.append((normal(match[1]), match[2], re.findall(r"--hash=sha256:([0-9a-f]{64})\b", block)))
    return found


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_lock_when_read_then_every_package_has_one_version_and_digests() -> None:
    assert len(entries()) > 40
    assert [name for name, _, digests in entries() if not digests] == []


def test_lock_when_compared_with_what_is_installed_then_equal() -> None:
    installed = {normal(one.metadata["Name"]): one.version for one in metadata.distributions()}
    ours = {name: version for name, version, _ in entries()}
    assert len(ours) == len(entries()), "two versions of a package for one Python"
    assert {name: installed.get(name) for name in ours} == ours


def test_lock_when_packages_are_named_then_from_no_address_of_their_own() -> None:
    text = LOCK.read_text(encoding="utf-8")
    assert not re.search(r"https?://|git\+|file:|--index-url|--extra-index-url|--trusted-host|--find-links", text)
