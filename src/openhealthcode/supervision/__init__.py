"""Early warning, leak tracing, transfers, breaches: what an officer sees of the region, and nobody's record.

Stands above ``access``: whatever it knows about accesses it is told by ``access``, in which a
resident is a keyed mark. One folder for each part; ``schema.sql`` holds the tables of all.
"""
