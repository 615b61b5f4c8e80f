"""Machines, accelerators, and what scales on them."""
