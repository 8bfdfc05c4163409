"""Customers as objects for notebooks: a read-only py2neo view of the graph (extra `ogm`).

py2neo is no longer developed by its authors, so that nothing else in this package uses it; the models are a
convenience for people who know it::

    from influence.ogm import open_customers

    with open_customers() as customers:
        ann = customers.get("ann")
        [friend.id for friend in ann.friends]
        [(product.id, bought["at"]) for product, bought in ann.purchases()]
        ann.score["page_rank"]
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from influence.errors import ConfigError, UsageProblem

try:
    import py2neo
    from py2neo.ogm import GraphObject, Property, Related, RelatedFrom, RelatedTo, Repository
except ImportError as error:
    raise ConfigError(
        "the object view needs py2neo",
        code="extra-missing",
        hint='install it with `pip install "influence[ogm]"`',
    ) from error

if TYPE_CHECKING:
    from influence.project import Project

__all__ = ["Customer", "Customers", "Product", "Score", "Topic", "TopicScore", "open_customers"]


class Topic(GraphObject):
    """What products are about."""

    __primarykey__ = "id"

    id = Property()
    name = Property()
    products = RelatedFrom("Product", "ABOUT")


class Product(GraphObject):
    """What customers buy."""

    __primarykey__ = "id"

    id = Property()
    name = Property()
    price = Property()
    topics = RelatedTo(Topic, "ABOUT")
    buyers = RelatedFrom("Customer", "BOUGHT")


class TopicScore(GraphObject):
    """The scores of one customer in one topic in one run."""

    run = Property()
    topic = Property()
    about = RelatedTo(Topic, "OF")

    def __getitem__(self, measure: str) -> Any:
        """Return a measure by name, `None` when it does not apply."""
        return self.__node__[measure]


class Score(GraphObject):
    """The scores of one customer in one run."""

    run = Property()
    topics = RelatedTo(TopicScore, "IN_TOPIC")

    def __getitem__(self, measure: str) -> Any:
        """Return a measure by name, `None` when it does not apply."""
        return self.__node__[measure]

    def measures(self) -> dict[str, Any]:
        """Return all measures of this score by name."""
        return {name: value for name, value in self.__node__.items() if name not in ("run", "customer")}


class Customer(GraphObject):
    """One customer: who they know, what they bought, how they score."""

    __primarykey__ = "id"

    id = Property()
    name = Property()
    country = Property()
    region = Property()
    segment = Property()
    joined_at = Property()
    friends = Related("Customer", "FRIEND")
    follows = RelatedTo("Customer", "FOLLOWS")
    followers = RelatedFrom("Customer", "FOLLOWS")
    bought = RelatedTo(Product, "BOUGHT")
    interests = RelatedTo(Topic, "INTERESTED_IN")
    scores = RelatedTo(Score, "SCORED")

    current_run: str | None = None

    def purchases(self) -> list[tuple[Product, dict[str, Any]]]:
        """Return each product bought with the properties of the purchase, oldest first."""
        lines = [
            (Product.wrap(line.end_node), dict(line)) for line in self.__graph__.match((self.__node__, None), "BOUGHT")
        ]
        return sorted(lines, key=lambda line: (str(line[1].get("at")), line[1].get("line_id", "")))

    @property
    def score(self) -> Score | None:
        """The score in the current run, `None` when the customer has none."""
        return next((score for score in self.scores if score.run == self.current_run), None)


class Customers:
    """All customers, to be asked one by one; nothing can be written through it."""

    def __init__(self, repository: Repository, current_run: str | None) -> None:
        self.repository = repository
        self.current_run = current_run

    def get(self, customer_id: str) -> Customer:
        """Return one customer.

        Raises:
            UsageProblem: There is no such customer.
        """
        found = self.repository.match(Customer, customer_id).first()
        if found is None:
            raise UsageProblem("no customer with this id", code="customer-not-found", hint="ids are case-sensitive")
        return self.prepare(found)

    def where(self, *, limit: int = 25, **properties: Any) -> list[Customer]:
        """Return customers whose properties equal the given ones, ordered by id."""
        matches = self.repository.match(Customer).order_by("_.id").limit(limit)
        return [self.prepare(found) for found in (matches.where(**properties) if properties else matches)]

    def prepare(self, customer: Customer) -> Customer:
        """Tell a customer which run is current and where its purchases are."""
        customer.current_run = self.current_run
        customer.__graph__ = self.repository.graph
        return customer


class ReadOnlyGraph(py2neo.Graph):
    """A py2neo graph whose every transaction is in READ mode, so that the server refuses writes."""

    def auto(self, readonly: bool = True) -> Any:
        """Open an auto-commit transaction that may only read."""
        return super().auto(readonly=True)

    def begin(self, readonly: bool = True) -> Any:
        """Begin a transaction that may only read."""
        return super().begin(readonly=True)


@contextmanager
def open_customers(project: Project | None = None) -> Iterator[Customers]:
    """Open the object view on a project's database.

    Args:
        project: Default: the project of the working directory and environment.

    Raises:
        ServerUnavailable: The database cannot be reached.
    """
    from influence.project import Project

    chosen = project or Project()
    endpoint = chosen.endpoint()
    graph = ReadOnlyGraph(
        endpoint.uri, auth=(endpoint.username, endpoint.password.get_secret_value()), name=endpoint.database
    )
    try:
        current = graph.evaluate("MATCH (s:_InfluenceState {id: 'current'}) RETURN s.run")
        yield Customers(Repository.wrap(graph), current)
    finally:
        graph.service.connector.close()
        if project is None:
            chosen.__exit__(None, None, None)
