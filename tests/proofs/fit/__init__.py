"""Fit: the arithmetic against what was measured on real GPUs, and the proof over the tree."""
