"""The references that objects hold, one module per area.

A module says how the references of a kind are found, with `@edges_of("Kind", "group")`; every module here is read, no list
names them. `proofs/references.py` follows what they yield.
"""
