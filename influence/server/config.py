"""What the local server is told: memory, Java options and `neo4j.conf`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

__all__ = [
    "GIB",
    "MIB",
    "PROCEDURE_ALLOW_LIST",
    "REQUIRED_SETTINGS",
    "Memory",
    "conf_text",
    "java_options",
    "machine_memory",
    "memory_plan",
]

MIB = 1 << 20
GIB = 1 << 30

ALGORITHMS = (
    "articleRank",
    "betweenness",
    "degree",
    "eigenvector",
    "k1coloring",
    "kcore",
    "labelPropagation",
    "leiden",
    "localClusteringCoefficient",
    "louvain",
    "pageRank",
    "scc",
    "triangleCount",
    "wcc",
)

PROCEDURE_ALLOW_LIST: tuple[str, ...] = (
    # versions, functions for saved queries, catalogue, columnar reads
    "gds.debug.sysInfo",
    "gds.isLicensed",
    "gds.license.state",
    "gds.list",
    "gds.listProgress",
    "gds.version",
    *(
        f"gds.similarity.{name}"
        for name in ("cosine", "euclidean", "euclideanDistance", "jaccard", "overlap", "pearson")
    ),
    *(f"gds.util.{name}" for name in ("NaN", "infinity", "isFinite", "isInfinite")),
    "gds.util.asNode",
    "gds.util.asNodes",
    "gds.util.nodeProperty",
    "gds.graph.drop",
    "gds.graph.exists",
    "gds.graph.filter",
    "gds.graph.list",
    "gds.graph.nodeProperties.drop",
    "gds.graph.nodeProperties.stream",
    "gds.graph.nodeProperty.stream",
    "gds.graph.project",
    "gds.graph.project.cypher",
    "gds.graph.project.cypher.estimate",
    "gds.graph.project.estimate",
    "gds.graph.relationshipProperties.stream",
    "gds.graph.relationshipProperty.stream",
    "gds.graph.relationships.drop",
    "gds.graph.relationships.stream",
    "gds.graph.relationships.toUndirected",
    "gds.dag.longestPath.stream",
    "gds.scaleProperties.mutate",
    "gds.scaleProperties.stream",
    # the algorithms, never their `write` mode (it is not rolled back on failure)
    *(f"gds.{algorithm}.{mode}" for algorithm in ALGORITHMS for mode in ("mutate", "stats", "stream")),
    "gds.closeness.mutate",
    "gds.closeness.stats",
    "gds.closeness.stream",
    *(f"gds.{algorithm}.{mode}.estimate" for algorithm in ALGORITHMS for mode in ("mutate", "stats", "stream")),
)
"""Procedures and functions that the plugins may bring; all others do not exist on the local server. Extend it with what
new code or a new saved query calls. The server's own procedures (`db.*`, `dbms.*`) are not subject to it."""


REQUIRED_SETTINGS: dict[str, str] = {
    "server.http.enabled": "false",
    "server.https.enabled": "false",
    "dbms.usage_report.enabled": "false",
    # LOAD CSV is closed for files and for every remote address: even a READ transaction could read with it.
    "dbms.security.allow_csv_import_from_file_urls": "false",
    "internal.dbms.cypher_ip_blocklist": "0.0.0.0/0,::/0",
    "dbms.security.procedures.unrestricted": "gds.*",
    "dbms.security.procedures.allowlist": ",".join(PROCEDURE_ALLOW_LIST),
    "server.default_listen_address": "127.0.0.1",
}
"""What keeps the server to itself; `doctor` compares the running server with it."""


@dataclass(frozen=True)
class Memory:
    """Sizes in bytes and the compiler of the server.

    Attributes:
        profile: `small` starts fast and stays small; `analysis` computes fast on large graphs.
        heap: Java heap at most.
        page_cache: Cache of store pages, outside the heap.
        transaction: Heap that one transaction may take before it is ended.
    """

    profile: Literal["small", "analysis"]
    heap: int
    page_cache: int
    transaction: int


def machine_memory() -> int:
    """Return the bytes of memory this process may count on: the machine's, or its control group's if that is less."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for limit in (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes")):
        try:
            total = min(total, int(limit.read_text()))
        except (OSError, ValueError):
            continue
    return total


def memory_plan(profile: Literal["auto", "small", "analysis"], total: int) -> Memory:
    """Choose the sizes for a machine with `total` bytes.

    `auto` is `analysis` from 6 GiB on, `small` below. `small` takes 1 GiB of heap at most whatever the machine;
    `analysis` takes a quarter of the memory as heap (1 to 31 GiB, beyond which Java's pointers grow) and an eighth as
    page cache (256 MiB to 16 GiB). The heap grows to its limit only when work needs it.
    """
    if profile == "auto":
        profile = "analysis" if total >= 6 * GIB else "small"
    if profile == "small":
        heap, page_cache = min(GIB, total // 3), 128 * MIB
    else:
        heap = min(max(total // 4, GIB), 31 * GIB)
        page_cache = min(max(total // 8, 256 * MIB), 16 * GIB)
    return Memory(profile, heap, page_cache, heap * 6 // 10)


def java_options(memory: Memory, archive: Path | None, crash_reports: Path) -> list[str]:
    """Return the options of the Java virtual machine, without class path and main class.

    The heap stands here because a server started without Neo4j's launcher script ignores the heap lines of its
    configuration.
    """
    compiler = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"] if memory.profile == "small" else ["-XX:+UseG1GC"]
    opened = ("java.nio", "java.io", "sun.nio.ch", "java.lang", "java.util.concurrent")
    return [
        f"-Xmx{memory.heap // MIB}m",
        *compiler,
        *(f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in opened),
        "--enable-native-access=ALL-UNNAMED",
        "-Dfile.encoding=UTF-8",
        "-Djava.awt.headless=true",
        "-XX:+ExitOnOutOfMemoryError",
        f"-XX:ErrorFile={crash_reports}/java-crash-%p.log",
        *([f"-XX:SharedArchiveFile={archive}"] if archive else []),
    ]


def conf_text(port: int, memory: Memory, *, half_written: bool = False) -> str:
    """Return the text of `neo4j.conf`.

    Args:
        port: Bolt port.
        memory: Sizes.
        half_written: Whether the last transaction of the log may be half written, because the database stopped itself
            when there was no room: it was refused, and is cut off. Otherwise such a log is damaged and not touched.

    Folders are relative to the home: letters beyond ASCII do not survive in this file.
    """
    settings: Mapping[str, str | int] = {
        "server.directories.plugins": "plugins",
        "server.directories.import": "import",
        "server.default_advertised_address": "127.0.0.1",
        "server.bolt.listen_address": f"127.0.0.1:{port}",
        "server.bolt.advertised_address": f"127.0.0.1:{port}",
        **REQUIRED_SETTINGS,
        "client.allow_telemetry": "false",
        "db.transaction.timeout": "1h",
        "db.memory.transaction.max": memory.transaction,
        "dbms.memory.transaction.total.max": memory.heap * 8 // 10,
        "server.memory.pagecache.size": memory.page_cache,
        "db.tx_log.rotation.retention_policy": "false",
        "db.tx_log.preallocate": "false",
        # Stop in half a second: there is nobody to be polite to on loopback, and commits are already on disk.
        "internal.dbms.bolt.netty_server_shutdown_quiet_period": 0,
        "db.shutdown_transaction_end_timeout": "1s",
        **({"internal.dbms.tx_log.fail_on_corrupted_log_files": "false"} if half_written else {}),
    }
    return "".join(f"{key}={value}\n" for key, value in settings.items())
