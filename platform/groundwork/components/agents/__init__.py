"""Agents and the tools that they call."""
