"""What the server is and whether it can serve `influence`."""

from __future__ import annotations

from dataclasses import dataclass

from influence.errors import ServerUnsuitable

__all__ = ["ServerFacts", "require_gds"]

TESTED = {"5.26": "2.13", "2026.01": "2.26"}
"""Server lines that the tests run on, each with the Graph Data Science minor that belongs to it."""

OLDEST = (5, 26)


@dataclass(frozen=True)
class ServerFacts:
    """Versions and edition as the server tells them.

    Attributes:
        version: Version of Neo4j, such as "5.26.30".
        edition: "community" or "enterprise".
        gds: Version of Graph Data Science, `None` when it is not installed.
        agent: User agent of the driver; contains "Rust" when the fast codec is active.
    """

    version: str
    edition: str
    gds: str | None
    agent: str

    @property
    def release(self) -> tuple[int, ...]:
        """The leading numbers of the version, for comparison."""
        numbers = []
        for part in self.version.split("-")[0].split("."):
            if not part.isdigit():
                break
            numbers.append(int(part))
        return tuple(numbers)

    @property
    def speaks_cypher_25(self) -> bool:
        """Whether the server knows the language selectors `CYPHER 5` and `CYPHER 25` as two languages."""
        return self.release >= (2025, 6)

    @property
    def tested(self) -> bool:
        """Whether this pair of server and Graph Data Science is one that the tests run on."""
        minor = ".".join(self.version.split(".")[:2])
        return self.gds is not None and self.gds.startswith(TESTED.get(minor, "none") + ".")


def require_gds(facts: ServerFacts) -> ServerFacts:
    """Return the facts when the server is new enough and has Graph Data Science.

    Raises:
        ServerUnsuitable: The server is older than 5.26 or has no Graph Data Science.
    """
    if facts.release < OLDEST:
        raise ServerUnsuitable(
            f"Neo4j {facts.version} is too old; `influence` needs 5.26 or newer",
            code="server-too-old",
            hint="unset `NEO4J_URI` to use the local server that `influence` brings",
        )
    if facts.gds is None:
        raise ServerUnsuitable(
            f"Neo4j {facts.version} has no Graph Data Science plugin",
            code="gds-missing",
            hint="install the Graph Data Science jar of this version, or unset `NEO4J_URI` to use the local server",
        )
    return facts
