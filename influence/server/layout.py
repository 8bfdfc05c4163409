"""The fast layout: what makes the server start in a fifth of the time.

Neo4j loads every class of every jar in its plugin folder to look for procedures, some 9,000 classes for GDS. Here all
jars stand on the class path, and the plugin folder holds one generated jar with only the classes that do carry a
procedure or function; the scan finds their names there and loads them from the class path.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable
from pathlib import Path

__all__ = ["class_path_order", "is_signed", "write_plugin_index", "write_unsigned"]

ANNOTATIONS = (
    b"Lorg/neo4j/procedure/Procedure;",
    b"Lorg/neo4j/procedure/UserFunction;",
    b"Lorg/neo4j/procedure/UserAggregationFunction;",
)
MANIFEST = "META-INF/MANIFEST.MF"
SIGNATURE = re.compile(r"META-INF/[^/]+\.(SF|RSA|DSA|EC)", re.IGNORECASE)


def write_plugin_index(plugins: Iterable[Path], target: Path) -> int:
    """Write the jar that the plugin scan reads.

    Returns:
        The number of classes in it.

    Raises:
        ValueError: There is no class with a procedure, so the index cannot be right.
    """
    count = 0
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as index:
        for plugin in plugins:
            with zipfile.ZipFile(plugin) as jar:
                for name in jar.namelist():
                    if not name.endswith(".class"):
                        continue
                    content = jar.read(name)
                    # An annotation in use stands in the constant pool of the class as this text.
                    if any(annotation in content for annotation in ANNOTATIONS):
                        index.writestr(zipfile.ZipInfo(name), content)
                        count += 1
    if not count:
        raise ValueError("no class with a procedure among the plugin jars")
    return count


def is_signed(jar: Path) -> bool:
    """Return whether a jar carries a signature."""
    with zipfile.ZipFile(jar) as file:
        return any(SIGNATURE.fullmatch(name) for name in file.namelist())


def write_unsigned(jar: Path, target: Path) -> None:
    """Write a jar without its signature: class-data sharing leaves out the classes of signed jars.

    The signature was worth nothing here: the SHA-256 of the signed jar has been compared with the lock.
    """
    with zipfile.ZipFile(jar) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as copy:
        for info in source.infolist():
            if SIGNATURE.fullmatch(info.filename):
                continue
            content = source.read(info)
            if info.filename == MANIFEST:
                # The main section only: the others hold one digest per class, which marks the jar as signed.
                content = re.split(rb"\r?\n\r?\n", content, maxsplit=1)[0] + b"\r\n\r\n"
            copy.writestr(info, content)


def class_path_order(jars: Iterable[Path]) -> list[Path]:
    """Return the jars sorted by name, those whose manifest names a `Class-Path` last.

    Such a manifest inserts further entries behind its jar, and the class path no longer is the one the class-data
    archive was made for.
    """
    return sorted(jars, key=lambda jar: (names_class_path(jar), jar.name))


def names_class_path(jar: Path) -> bool:
    """Return whether the manifest of a jar has a `Class-Path`."""
    with zipfile.ZipFile(jar) as file:
        try:
            manifest = file.read(MANIFEST)
        except KeyError:
            return False
    return re.search(rb"^Class-Path:", manifest, re.MULTILINE) is not None
