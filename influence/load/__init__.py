"""Files into the graph: contracts, mappings, validation, rejects, ledger, sweeps."""

from influence.load.contract import Contract, contract, contracts
from influence.load.folder import load_folder
from influence.load.ledger import data_version, load_status
from influence.load.pseudonym import PseudonymKey
from influence.load.report import FileReport, LoadOptions, LoadReport, extract_instant, share
from influence.load.scaffold import init_folder

__all__ = [
    "Contract",
    "FileReport",
    "LoadOptions",
    "LoadReport",
    "PseudonymKey",
    "contract",
    "contracts",
    "data_version",
    "extract_instant",
    "init_folder",
    "load_folder",
    "load_status",
    "share",
]
