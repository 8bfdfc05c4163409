"""The generated parts of the fast layout, made from small jars."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from influence.server.layout import class_path_order, is_signed, write_plugin_index, write_unsigned

PROCEDURE = b"\xca\xfe\xba\xbe..Lorg/neo4j/procedure/Procedure;.."
FUNCTION = b"\xca\xfe\xba\xbe..Lorg/neo4j/procedure/UserFunction;.."
AGGREGATION = b"\xca\xfe\xba\xbe..Lorg/neo4j/procedure/UserAggregationFunction;.."
OTHER = b"\xca\xfe\xba\xbe..Lorg/neo4j/procedure/Context;.."


def jar(path: Path, files: dict[str, bytes], manifest: str = "Manifest-Version: 1.0\r\n\r\n") -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("META-INF/MANIFEST.MF", manifest)
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def test_plugin_index_holds_the_classes_with_procedures_and_nothing_else(tmp_path: Path) -> None:
    plugins = [
        jar(tmp_path / "a.jar", {"x/P.class": PROCEDURE, "x/O.class": OTHER, "x/P.txt": PROCEDURE}),
        jar(tmp_path / "b.jar", {"y/F.class": FUNCTION, "y/A.class": AGGREGATION, "META-INF/services/z": b"y.E"}),
    ]
    count = write_plugin_index(plugins, tmp_path / "index.jar")
    with zipfile.ZipFile(tmp_path / "index.jar") as index:
        assert {name: index.read(name) for name in index.namelist()} == {
            "x/P.class": PROCEDURE,
            "y/F.class": FUNCTION,
            "y/A.class": AGGREGATION,
        }
    assert count == 3


def test_plugin_index_without_any_procedure_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no class"):
        write_plugin_index([jar(tmp_path / "a.jar", {"x/O.class": OTHER})], tmp_path / "index.jar")


def test_unsigned_copy_keeps_everything_but_the_signature(tmp_path: Path) -> None:
    signed = jar(
        tmp_path / "signed.jar",
        {
            "META-INF/KEY.SF": b"sf",
            "META-INF/KEY.RSA": b"rsa",
            "META-INF/services/x.Y": b"x.Z",
            "x/Z.class": OTHER,
        },
        "Manifest-Version: 1.0\r\nMulti-Release: true\r\n\r\nName: x/Z.class\r\nSHA-256-Digest: abc=\r\n\r\n",
    )
    copy = tmp_path / "copy.jar"
    write_unsigned(signed, copy)
    assert is_signed(signed)
    assert not is_signed(copy)
    with zipfile.ZipFile(copy) as file:
        assert set(file.namelist()) == {"META-INF/MANIFEST.MF", "META-INF/services/x.Y", "x/Z.class"}
        # Java reads a digest anywhere in the manifest as "signed" and keeps the classes out of the archive.
        assert file.read("META-INF/MANIFEST.MF") == b"Manifest-Version: 1.0\r\nMulti-Release: true\r\n\r\n"


def test_jars_that_extend_the_class_path_come_last(tmp_path: Path) -> None:
    jars = [
        jar(tmp_path / "c.jar", {}),
        jar(tmp_path / "b.jar", {}, "Manifest-Version: 1.0\r\nClass-Path: d.jar e.jar\r\n\r\n"),
        jar(tmp_path / "a.jar", {}),
        jar(tmp_path / "d.jar", {}, "Manifest-Version: 1.0\r\nX-Class-Path: no\r\n\r\n"),
    ]
    assert [path.name for path in class_path_order(jars)] == ["a.jar", "c.jar", "d.jar", "b.jar"]
    assert class_path_order(reversed(jars)) == class_path_order(jars)


def test_jar_without_manifest_is_in_order(tmp_path: Path) -> None:
    bare = tmp_path / "bare.jar"
    with zipfile.ZipFile(bare, "w") as archive:
        archive.writestr("x", b"")
    assert class_path_order([bare]) == [bare]
    assert not is_signed(bare)
