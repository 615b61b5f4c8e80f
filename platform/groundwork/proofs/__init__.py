"""Proofs: one module per property of a rendered tree. They judge what is on disk, never what the generator meant."""
