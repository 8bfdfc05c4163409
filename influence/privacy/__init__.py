"""What a person may ask for: to be forgotten everywhere, and that nothing is kept longer than needed."""

from influence.privacy.erasure import Erasure, erase_customers, require_complete
from influence.privacy.retention import KINDS, count_records, prune_records

__all__ = ["KINDS", "Erasure", "count_records", "erase_customers", "prune_records", "require_complete"]
