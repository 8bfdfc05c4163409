"""What a person may ask for: to be forgotten everywhere, and that nothing is kept longer than needed."""

from influence.export_register import ExportRegister, RegisteredFile
from influence.privacy.erasure import Erasure, erase_customers
from influence.privacy.retention import KINDS, count_records, prune_records

__all__ = ["KINDS", "Erasure", "ExportRegister", "RegisteredFile", "count_records", "erase_customers", "prune_records"]
