"""Mutants: break the committed tree in many small, schema-valid ways and see whether the gates notice."""
