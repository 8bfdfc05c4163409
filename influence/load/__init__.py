"""Files into the graph: contracts, mappings, validation, rejects, ledger, sweeps."""

from influence.load.contract import Contract, contract, contracts
from influence.load.folder import load_folder
from influence.load.history import History, keep_history, parse_history, read_history
from influence.load.ledger import data_version, load_status
from influence.load.pseudonym import PseudonymKey
from influence.load.report import FileReport, LoadOptions, LoadReport, extract_instant, share
from influence.load.scaffold import init_folder

__all__ = [
    "Contract",
    "FileReport",
    "History",
    "LoadOptions",
    "LoadReport",
    "PseudonymKey",
    "contract",
    "contracts",
    "data_version",
    "extract_instant",
    "init_folder",
    "keep_history",
    "load_folder",
    "load_status",
    "parse_history",
    "read_history",
    "share",
]
