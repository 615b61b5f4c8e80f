"""The API server: what it refuses in one object, field by field. `proofs/schema.py` asks for every object of a tree."""
