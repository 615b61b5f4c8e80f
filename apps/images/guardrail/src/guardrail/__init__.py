"""Envoy's external processor: what a request says is read before a model or an agent reads it."""
