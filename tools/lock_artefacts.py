"""Write `influence/server/artefacts.lock`: the exact jars of each tested server line.

Maven resolves the runtime closure of the server and of the open GDS plugin separately; nothing is resolved when a user
installs. Run `python tools/lock_artefacts.py` after changing `LINES`, and read the difference before committing it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

LOCK = Path(__file__).parent.parent / "influence" / "server" / "artefacts.lock"


@dataclass(frozen=True)
class Line:
    """A server minor with the GDS release that pairs with it."""

    name: str
    neo4j: str
    gds: str
    main_class: str
    admin_class: str
    java: tuple[int, ...]
    gds_roots: tuple[str, ...]


GDS_ROOTS = ("proc", "proc-sysinfo", "opengds-extension", "open-model-catalog")
LINES = (
    Line(
        "5.26",
        "5.26.30",
        "2.13.9",
        "org.neo4j.server.CommunityEntryPoint",
        "org.neo4j.cli.AdminTool",
        (17, 21),
        (*GDS_ROOTS, "open-write-services"),
    ),
    Line(
        "2026.01",
        "2026.01.4",
        "2.26.0",
        "org.neo4j.server.Neo4jCommunity",
        "org.neo4j.cli.AdminTool",
        (21, 25),
        GDS_ROOTS,
    ),
)


@dataclass(frozen=True)
class Jar:
    """One resolved artefact and where Maven put it."""

    group: str
    artefact: str
    version: str
    classifier: str | None
    file: Path


def resolve(roots: Iterable[tuple[str, str, str]], folder: Path) -> list[Jar]:
    """Return Maven's runtime closure of `roots`, jars only, sorted by coordinates."""
    folder.mkdir()
    listing = folder / "closure.txt"
    dependencies = "".join(
        f"<dependency><groupId>{group}</groupId><artifactId>{artefact}</artifactId><version>{version}</version>"
        "</dependency>"
        for group, artefact, version in roots
    )
    (folder / "pom.xml").write_text(
        "<project><modelVersion>4.0.0</modelVersion><groupId>lock</groupId><artifactId>closure</artifactId>"
        f"<version>1</version><dependencies>{dependencies}</dependencies></project>",
        encoding="utf-8",
    )
    mvn = shutil.which("mvn")
    if mvn is None:
        sys.exit("error: `mvn` is not on the path\n\nhint: install Maven 3.8 or newer")
    subprocess.run(
        [
            mvn,
            "--batch-mode",
            "--quiet",
            "--file",
            str(folder / "pom.xml"),
            "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:list",
            "-DincludeScope=runtime",
            "-DoutputAbsoluteArtifactFilename=true",
            f"-DoutputFile={listing}",
        ],
        check=True,
    )
    return sorted(parse(listing), key=lambda jar: (jar.group, jar.artefact, jar.classifier or ""))


def parse(listing: Path) -> Iterable[Jar]:
    """Yield the jars of a `dependency:list` output: `group:artefact:type[:classifier]:version:scope:file`."""
    for line in listing.read_text(encoding="utf-8").splitlines():
        head, _, path = line.strip().partition(":/")
        if not path:
            continue
        parts = head.split(":")
        file = Path("/" + path.split(" -- ")[0].strip())
        if len(parts) == 5:
            group, artefact, kind, version, _scope = parts
            classifier = None
        else:
            group, artefact, kind, classifier, version, _scope = parts
        if kind == "jar":
            yield Jar(group, artefact, version, classifier, file)


def entry(line: Line, role: str, jar: Jar) -> str:
    """Return one lock line."""
    content = jar.file.read_bytes()
    record: dict[str, object] = {
        "line": line.name,
        "role": role,
        "group": jar.group,
        "artefact": jar.artefact,
        "version": jar.version,
    }
    if jar.classifier:
        record["classifier"] = jar.classifier
    record["size"] = len(content)
    record["sha256"] = hashlib.sha256(content).hexdigest()
    return json.dumps(record)


def lock(line: Line, folder: Path) -> list[str]:
    """Return the lock lines of one server line, its header first."""
    server = resolve([("org.neo4j", "neo4j", line.neo4j)], folder / f"{line.name}-server")
    gds = resolve([("org.neo4j.gds", root, line.gds) for root in line.gds_roots], folder / f"{line.name}-gds")
    # Same group *and* artefact only: file names without versions collide for jars that GDS needs.
    owned = {(jar.group, jar.artefact, jar.classifier) for jar in server}
    plugin = [jar for jar in gds if (jar.group, jar.artefact, jar.classifier) not in owned]
    header = {
        "line": line.name,
        "role": "line",
        "neo4j": line.neo4j,
        "gds": line.gds,
        "main_class": line.main_class,
        "admin_class": line.admin_class,
        "java": list(line.java),
    }
    sys.stderr.write(f"{line.name}: {len(server)} server jars, {len(gds)} GDS jars of which {len(plugin)} are locked\n")
    return [
        json.dumps(header),
        *(entry(line, "server", jar) for jar in server),
        *(entry(line, "plugin", jar) for jar in plugin),
    ]


def main() -> None:
    """Resolve every line and replace the lock file."""
    with tempfile.TemporaryDirectory() as name:
        lines = [text for line in LINES for text in lock(line, Path(name))]
    partial = LOCK.with_suffix(".lock.new")
    partial.write_text("\n".join(lines) + "\n", encoding="utf-8")
    partial.replace(LOCK)


if __name__ == "__main__":
    main()
