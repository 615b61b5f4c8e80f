"""Groundwork: a company's agentic-AI platform on Amazon EKS, rendered from short declarations.

Read ARCHITECTURE.md first; `components/bringup.py` lists everything a cluster can carry, in bring-up order.
"""
