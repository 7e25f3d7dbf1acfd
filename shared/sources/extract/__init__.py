"""Appointments of a file that a hospital system drops: CSV or Excel, with a mapping that says what its columns mean."""

from shared.sources.extract.mapping import ExtractMapping, ExtractOptions
from shared.sources.extract.opt_ins import OptIn, read_opt_ins
from shared.sources.extract.source import ExtractSource

__all__ = ["ExtractMapping", "ExtractOptions", "ExtractSource", "OptIn", "read_opt_ins"]
