"""The catalog: a TinyDB that several processes share, and that a crash does not harm.

See `snaptui.engine.catalog.catalog` for how it works and `records` for what is on disk.
"""

from snaptui.engine.catalog.catalog import LOCK_TIMEOUT, Catalog
from snaptui.engine.catalog.indexes import INDEXES
from snaptui.engine.catalog.storage import JournalStorage
from snaptui.engine.catalog.table import CatalogDatabase, CatalogDocument, CatalogTable
from snaptui.engine.catalog.transaction import Transaction

__all__ = [
    "INDEXES",
    "LOCK_TIMEOUT",
    "Catalog",
    "CatalogDatabase",
    "CatalogDocument",
    "CatalogTable",
    "JournalStorage",
    "Transaction",
]
