"""Snapshots on disk: what a killed write left goes with the next one, and what a living one is writing stays."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
from pathlib import Path

from influence.snapshot import cache
from tests.unit.snapshot.test_snapshot_build import build

DYING = """
import os, signal, sys
from pathlib import Path
import numpy as np
from influence.snapshot import cache
from tests.unit.snapshot.test_snapshot_build import build

def save(*_, **__):
    if sys.argv[2] == "dies":
        os.kill(os.getpid(), signal.SIGKILL)
    print("writing", flush=True)
    sys.stdin.read()

np.save = save
cache.keep(Path(sys.argv[1]), build(data_version="of-another-version"))
"""


def writing(home: Path, how: str) -> subprocess.Popen[bytes]:
    """Start a process that writes a snapshot and dies, or waits, in the middle of it."""
    return subprocess.Popen(
        [sys.executable, "-c", DYING, str(home), how],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[3],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
    )


def parts(home: Path) -> list[str]:
    return sorted(path.name for path in (home / "snapshots").glob(".*.part"))


def test_keep_when_another_write_was_killed_then_its_rest_goes_and_that_of_a_living_one_stays(tmp_path: Path) -> None:
    killed = writing(tmp_path, "dies")
    killed.communicate()
    assert killed.returncode == -signal.SIGKILL
    left = parts(tmp_path)
    assert len(left) == 1
    living = writing(tmp_path, "waits")
    assert living.stdout is not None and living.stdout.readline() == b"writing\n"
    now = parts(tmp_path)
    assert len(now) == 1 and now != left, "it has swept before it began"

    snapshot = dataclasses.replace(build(), data_version="1")
    assert cache.keep(tmp_path, snapshot).customers == snapshot.customers
    assert parts(tmp_path) == now, "what is being written stays"

    living.kill()
    living.communicate()
    cache.keep(tmp_path, snapshot)
    assert parts(tmp_path) == []
    assert [one.version for one in cache.kept(tmp_path)] == ["1"]
