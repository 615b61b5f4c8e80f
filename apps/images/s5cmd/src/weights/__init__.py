"""Weights from S3 to the node's disk."""
