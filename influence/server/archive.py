"""The class-data archive: Java's classes of the server, parsed and laid out once, mapped at every start.

Made once per line after installing. A first server runs in a scratch home and does a short tour of the work that
`influence` asks of it, while Java writes down the classes it loads; a second Java turns that list into the archive.
"""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

from influence.progress import Progress
from influence.server.config import MIB, Memory
from influence.server.home import Home
from influence.server.installation import Installation
from influence.server.launch import endpoint, launch, wait_ready
from influence.server.process import end

__all__ = ["build_archive", "is_usable"]

TRAINING = Memory("small", heap=1024 * MIB, page_cache=64 * MIB, transaction=512 * MIB)
LONGEST = 4000  # characters of a class-list line; Java's reader gives up on longer ones
DUMP_TIMEOUT = 600.0  # seconds

TOUR = (
    "UNWIND range(1, 60) AS i CREATE (:Customer {id: toString(i), country: 'DE', joined_at: datetime('2020-01-01')})",
    "UNWIND range(1, 9) AS i MERGE (p:Product {id: toString(i)}) ON CREATE SET p.name = 'p' + i, p.price = i * 100",
    "UNWIND $rows AS row MATCH (a:Customer {id: row.a}) MATCH (b:Customer {id: row.b}) MERGE (a)-[f:FRIEND]->(b) "
    "SET f += row.properties",
    "UNWIND $rows AS row MATCH (c:Customer {id: row.a}), (p:Product {id: row.p}) MERGE "
    "(c)-[b:BOUGHT {line_id: row.b}]->(p) SET b.at = datetime(row.at), b.quantity = toInteger(1.0), b.revenue = 100",
    "MATCH (v:Customer)-[:FRIEND]-(u:Customer) MATCH (v)-[b:BOUGHT]->(p:Product)<-[c:BOUGHT]-(u) "
    "WHERE c.at > b.at AND c.at <= b.at + duration({days: 28}) WITH v, p, count(*) AS n, min(c.at) AS first "
    "RETURN v.id AS id, collect({p: p.id, n: n, first: first})[..3] AS what, sum(n) AS total ORDER BY total DESC, id "
    "LIMIT 10",
    "MATCH (c:Customer) WHERE c.id > $after WITH c ORDER BY c.id LIMIT 20 "
    "RETURN max(c.id) AS last, collect(c.id) AS ids, collect(COUNT { (c)-[:FRIEND]-() }) AS friends",
    "MATCH (c:Customer) OPTIONAL MATCH (c)-[b:BOUGHT]->() CALL (c) { MATCH (c)-[:FRIEND]-(d) RETURN count(d) AS d } "
    "RETURN c.country AS country, avg(b.revenue) AS mean, percentileCont(d, 0.5) AS median",
    "CALL gds.graph.project('tour', 'Customer', {FRIEND: {orientation: 'UNDIRECTED'}})",
    "CALL gds.graph.project.estimate('Customer', 'FRIEND')",
    "CALL gds.degree.mutate('tour', {mutateProperty: 'degree'})",
    "CALL gds.pageRank.mutate('tour', {mutateProperty: 'rank'})",
    "CALL gds.articleRank.stats('tour', {})",
    "CALL gds.betweenness.mutate('tour', {mutateProperty: 'broker'})",
    "CALL gds.wcc.mutate('tour', {mutateProperty: 'component'})",
    "CALL gds.labelPropagation.mutate('tour', {mutateProperty: 'label'})",
    "CALL gds.louvain.mutate('tour', {mutateProperty: 'louvain'})",
    "CALL gds.leiden.mutate('tour', {mutateProperty: 'community', randomSeed: 1, concurrency: 1})",
    "CALL gds.graph.nodeProperties.stream('tour', ['degree', 'rank', 'community']) YIELD nodeId, nodeProperty, "
    "propertyValue RETURN collect(nodeId) AS ids, collect(nodeProperty) AS names, collect(propertyValue) AS values",
    "CALL gds.graph.filter('part', 'tour', 'n.degree > 1.0', '*')",
    "CALL gds.graph.list() YIELD graphName RETURN graphName",
    "CALL gds.graph.drop('part') YIELD graphName RETURN graphName",
    "CALL gds.graph.drop('tour') YIELD graphName RETURN graphName",
    "MATCH (n) CALL (n) { DETACH DELETE n } RETURN count(*) AS gone",
)
SCHEMA = (
    "CREATE CONSTRAINT customer_id_unique IF NOT EXISTS FOR (c:Customer) REQUIRE c.id IS UNIQUE",
    "CREATE CONSTRAINT product_id_unique IF NOT EXISTS FOR (p:Product) REQUIRE p.id IS UNIQUE",
    "CREATE INDEX bought_at_range IF NOT EXISTS FOR ()-[b:BOUGHT]-() ON (b.at)",
    "CALL db.awaitIndexes()",
)
ROWS = [
    {
        "a": str(i),
        "b": str(i % 60 + 1),
        "p": str(i % 9 + 1),
        "at": f"2020-02-{i % 27 + 1:02}T00:00:00Z",
        "properties": {"weight": 1.0, "kind": "friend"},
    }
    for i in range(1, 61)
]


def build_archive(installation: Installation, target: Path, progress: Progress) -> None:
    """Make the class-data archive of an installation in the fast layout.

    Args:
        installation: The installation, where it will stay: paths and times of its jars become part of the archive.
        target: Where to put it.
        progress: Shows the steps; they take about a minute.

    Raises:
        InfluenceError: The training server did not start or refused the tour.
        RuntimeError: Java did not make an archive that it accepts.
    """
    progress.note("preparing the fast start of the local server, once per user, about a minute")
    with (
        progress.task("preparing the fast start", 3, "steps") as task,
        tempfile.TemporaryDirectory(dir=installation.folder, prefix="training-") as name,
    ):
        scratch = Path(name)
        classes = scratch / "classes.list"
        train(replace(installation, archive=None), Home(scratch / "home"), classes)
        task.advance()
        kept = [line for line in classes.read_text().splitlines() if len(line) <= LONGEST and "jdk/proxy" not in line]
        classes.write_text("\n".join(kept) + "\n")
        made = scratch / target.name
        dump(installation, classes, made)
        task.advance()
        problem = refusal(installation, made)
        if problem:
            raise RuntimeError(f"Java does not accept the archive it made: {problem}")
        made.replace(target)
        task.advance()


def train(installation: Installation, home: Home, classes: Path) -> None:
    """Run a server through the tour while Java writes the classes it loads to `classes`."""
    from influence.graph import Graph  # the driver takes a second to import, and most commands do not get here

    record = launch(installation, home, TRAINING, extra_java=[f"-XX:DumpLoadedClassList={classes}"])
    try:
        server = endpoint(home, wait_ready(home, record))
        with Graph(server.uri, server.username, server.password, server.database) as graph:
            for statement in SCHEMA:
                graph.execute_schema(statement, name="tour")
            for statement in TOUR:
                if "$" not in statement:
                    graph.explain(statement, name="tour")
                graph.execute(statement, {"rows": ROWS, "after": ""}, name="tour")
    finally:
        end(record)


def dump(installation: Installation, classes: Path, target: Path) -> None:
    """Turn a class list into an archive."""
    done = java(
        installation,
        "-Xshare:dump",
        f"-XX:SharedClassListFile={classes}",
        f"-XX:SharedArchiveFile={target}",
        "-XX:+UseG1GC",
        "-Xmx1g",
    )
    if done.returncode or not target.exists():
        raise RuntimeError(f"Java did not make the archive: {(done.stderr or done.stdout).strip()[-500:]}")


def is_usable(installation: Installation) -> bool:
    """Return whether Java accepts the archive of an installation as it is now."""
    return installation.archive is not None and not refusal(installation, installation.archive)


def refusal(installation: Installation, archive: Path) -> str:
    """Return why Java does not accept an archive, or nothing when it does."""
    done = java(installation, "-Xshare:on", f"-XX:SharedArchiveFile={archive}", "-version")
    return (done.stderr or done.stdout).strip()[-500:] if done.returncode else ""


def java(installation: Installation, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Java with the class path of an installation."""
    class_path = ":".join(map(str, installation.class_path))
    return subprocess.run(
        [str(installation.java), "-cp", class_path, *arguments],
        env={"LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
        timeout=DUMP_TIMEOUT,
    )
