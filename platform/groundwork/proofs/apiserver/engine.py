"""The CEL engine, without the command line that its package imports first.

`import cel` brings in an interactive prompt (typer, rich, prompt_toolkit): a second that every check would wait for.
"""

from __future__ import annotations

import sys
import types

_CLI = "cel.cli"
_stands_in = sys.modules.setdefault(_CLI, types.ModuleType(_CLI))

from cel import Context, Program, compile, stdlib  # noqa: A004, E402 - the engine's own names, behind the stand-in

if not hasattr(_stands_in, "__file__"):
    del sys.modules[_CLI]  # whoever wants the real one can still import it

__all__ = ["Context", "Program", "compile", "stdlib"]
