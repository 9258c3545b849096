"""综合素质评价: a school's hours ledger, its 公示, objections, corrections, and the export to the city."""
