"""Stages of bring-up: what becomes healthy before what. The number is the Argo CD sync wave."""

import enum

__all__ = ["Stage"]


class Stage(enum.IntEnum):
    """Fixed numbers with room between them: a new component takes one, nobody else moves."""

    CRDS = 0
    FOUNDATION = 10
    CAPACITY = 15
    OPERATORS = 20
    AWS = 25
    DATA = 30
    OBSERVABILITY = 40
    SERVING = 50
    GATEWAY = 60
    AGENTS = 70
    PIPELINES = 80
