"""A resident's record while it is being written, one module per kind of FHIR resource.

Start with ``visit``: nearly everything is written during one. Source: FHIR R4 (4.0.1).
"""
