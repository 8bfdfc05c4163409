"""Back-ups of the local database: dumps that are proven before they get their name, and the way back."""

from __future__ import annotations

from influence.backup.dump import check_database, connected, dump_database
from influence.backup.manifest import Content, Manifest, read_manifest
from influence.backup.proof import prove, require_local
from influence.backup.rebuild import Difference, Rebuilt, rebuild_database, rebuild_into_empty, require_exchangeable
from influence.backup.restore import Restored, check_dump, restore_database

__all__ = [
    "Content",
    "Difference",
    "Manifest",
    "Rebuilt",
    "Restored",
    "check_database",
    "check_dump",
    "connected",
    "dump_database",
    "prove",
    "read_manifest",
    "rebuild_database",
    "rebuild_into_empty",
    "require_exchangeable",
    "require_local",
    "restore_database",
]
