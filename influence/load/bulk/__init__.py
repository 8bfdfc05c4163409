"""First loads through the offline importer of the local server: the same rows, rules and ledger, in minutes."""

from influence.load.bulk.building import import_rows
from influence.load.bulk.way import choose_way

__all__ = ["choose_way", "import_rows"]
