"""What the server is told before it starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from influence.server.config import (
    GIB,
    MIB,
    PROCEDURE_ALLOW_LIST,
    conf_text,
    java_options,
    machine_memory,
    memory_plan,
)


def conf(total: int = 8 * GIB) -> dict[str, str]:
    text = conf_text(7799, memory_plan("auto", total))
    lines = text.splitlines()
    assert len({line.split("=")[0] for line in lines}) == len(lines)
    return dict(line.split("=", 1) for line in lines)


def test_server_listens_on_loopback_bolt_only() -> None:
    written = conf()
    assert written["server.bolt.listen_address"] == "127.0.0.1:7799"
    assert written["server.bolt.advertised_address"] == "127.0.0.1:7799"
    assert written["server.default_listen_address"] == "127.0.0.1"
    assert written["server.http.enabled"] == written["server.https.enabled"] == "false"


def test_load_csv_is_closed_for_files_and_addresses() -> None:
    written = conf()
    assert written["dbms.security.allow_csv_import_from_file_urls"] == "false"
    assert written["internal.dbms.cypher_ip_blocklist"] == "0.0.0.0/0,::/0"
    assert written["server.directories.import"] == "import"
    assert "gds.export.location" not in written


def test_nothing_is_reported_to_anybody() -> None:
    written = conf()
    assert written["dbms.usage_report.enabled"] == "false"
    assert written["client.allow_telemetry"] == "false"


def test_transactions_have_a_time_and_a_memory_limit() -> None:
    written = conf()
    heap = memory_plan("auto", 8 * GIB).heap
    assert written["db.transaction.timeout"] == "1h"
    assert 0 < int(written["db.memory.transaction.max"]) < int(written["dbms.memory.transaction.total.max"]) < heap


def test_gds_runs_unrestricted_and_everything_else_is_not_loaded() -> None:
    written = conf()
    assert written["dbms.security.procedures.unrestricted"] == "gds.*"
    assert written["dbms.security.procedures.allowlist"].split(",") == list(PROCEDURE_ALLOW_LIST)


def test_allow_list_is_exact_and_holds_no_writing_or_exporting_procedure() -> None:
    assert len(set(PROCEDURE_ALLOW_LIST)) == len(PROCEDURE_ALLOW_LIST)
    for name in PROCEDURE_ALLOW_LIST:
        assert "*" not in name
        assert name.startswith("gds.")
        assert not {"write", "export", "train", "backup", "restore"} & set(name.split("."))


@pytest.mark.parametrize(
    "name",
    [
        "gds.version",
        "gds.list",
        "gds.debug.sysInfo",
        "gds.license.state",
        "gds.graph.project",
        "gds.graph.project.estimate",
        "gds.graph.list",
        "gds.graph.drop",
        "gds.graph.filter",
        "gds.graph.nodeProperty.stream",
        "gds.graph.nodeProperties.stream",
        "gds.degree.mutate",
        "gds.pageRank.mutate",
        "gds.articleRank.mutate",
        "gds.betweenness.mutate",
        "gds.leiden.mutate",
        "gds.leiden.mutate.estimate",
        "gds.louvain.stream",
        "gds.labelPropagation.stats",
        "gds.wcc.mutate",
        "gds.dag.longestPath.stream",
    ],
)
def test_allow_list_holds_what_the_computations_call(name: str) -> None:
    assert name in PROCEDURE_ALLOW_LIST


@pytest.mark.parametrize(
    ("total", "profile", "heap"),
    [
        (2 * GIB, "small", 2 * GIB // 3),
        (4 * GIB, "small", GIB),
        (6 * GIB, "analysis", 6 * GIB // 4),
        (16 * GIB, "analysis", 4 * GIB),
        (512 * GIB, "analysis", 31 * GIB),
    ],
)
def test_automatic_memory_follows_the_machine(total: int, profile: str, heap: int) -> None:
    plan = memory_plan("auto", total)
    assert (plan.profile, plan.heap) == (profile, heap)
    # Heap, page cache and what Java needs besides must fit.
    assert plan.heap + plan.page_cache <= total // 2
    assert plan.transaction < plan.heap


def test_named_profile_is_obeyed_whatever_the_machine() -> None:
    assert memory_plan("small", 512 * GIB).heap == GIB
    assert memory_plan("analysis", 2 * GIB).profile == "analysis"


def test_small_profile_compiles_quickly_and_analysis_fully() -> None:
    small = java_options(memory_plan("small", 8 * GIB), Path("/a.jsa"), Path("/logs"))
    analysis = java_options(memory_plan("analysis", 8 * GIB), None, Path("/logs"))
    assert "-XX:TieredStopAtLevel=1" in small
    assert "-XX:SharedArchiveFile=/a.jsa" in small
    assert not any("TieredStopAtLevel" in option or "SharedArchiveFile" in option for option in analysis)
    assert "-Xmx2048m" in analysis


def test_machine_memory_is_plausible() -> None:
    assert 256 * MIB < machine_memory() < 1 << 50
