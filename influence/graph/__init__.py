"""Everything that talks to Neo4j: the only user of the driver."""

from influence.graph.connection import Counters, Graph, Plan, Rows, Transaction
from influence.graph.facts import ServerFacts
from influence.graph.probe import ready

__all__ = ["Counters", "Graph", "Plan", "Rows", "ServerFacts", "Transaction", "ready"]
