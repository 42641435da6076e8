"""The commands, a module each: `SUMMARY` for the list of commands, `add` for its arguments, `run` for its work.

A command is declared before it is known whether it will run, so that `archcalc --help` can list it. Its module imports
nothing of the engine at its top; what `run` needs it imports when it runs.
"""

from __future__ import annotations

COMMANDS = ("check", "export", "sizes", "solve", "draw", "verify", "explain", "schema")
"""The names of the modules, in the order of `archcalc --help`."""
