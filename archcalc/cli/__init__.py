"""The command line: it reads arguments, prints and exits, and does nothing else."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence

from archcalc.cli.accidents import INTERNAL, INTERRUPTED, Interrupts, internal_error

_YOUNG = 50_000
"""Objects that a process of our own makes before the collector looks at them: most networks have fewer."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `archcalc`; returns the exit code.

    0 fine, 1 findings of error severity, 2 wrong usage, 3 a mistake of archcalc, 130 interrupted.
    """
    # A stream that was closed before we started is None; what goes there is lost, as its closing asks for.
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 (open until the process ends)
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 (open until the process ends)
    given = list(sys.argv[1:] if arguments is None else arguments)
    interrupts = Interrupts()
    try:
        with interrupts.kept():
            code = _run(given, owns_process=arguments is None)
        if arguments is None:
            # What was read and made need not be searched once more when the process ends.
            gc.freeze()
        if interrupts.forgotten:
            raise KeyboardInterrupt
        return code
    except KeyboardInterrupt:
        print("archcalc: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        _discard_output()
        return 1
    except OSError as error:
        _discard_output()
        print(f"archcalc: {error.strerror or error}", file=sys.stderr)
        return 2
    except Exception as error:
        # What nobody has foreseen is a mistake of ours: one line that asks for a report, and an exit code of its own.
        print(internal_error(error, given), file=sys.stderr)
        return INTERNAL


def _run(arguments: Sequence[str], *, owns_process: bool) -> int:
    from archcalc.cli.console import WrongUsage, complain
    from archcalc.cli.formats import refuse
    from archcalc.cli.parser import parser

    # argparse takes -:VARIANT, a variant of standard input, for an option.
    given = [text.replace("-:", "<stdin>:", 1) if text.startswith("-:") else text for text in arguments]
    options = parser(given).parse_args(given)
    code = 2
    try:
        refuse(options)
        if getattr(options, "reads_networks", False):
            _load_engine(owns_process)
        code = options.run(options)
    except WrongUsage as error:
        for problem in error.args:
            complain(problem)
    sys.stdout.flush()
    return code


def _load_engine(owns_process: bool) -> None:
    """Import what reads and checks networks, without the collector: it takes a tenth of the time of a short command.

    In a process of our own, what was imported is set aside before the collector returns, which would search it at
    once: nobody need search it again, not even at the end.
    """
    from archcalc.collector import paused

    with paused():
        import archcalc.cli.networks  # noqa: F401 (the commands import it where they use it)

        if owns_process:
            gc.freeze()
            gc.set_threshold(_YOUNG)


def _discard_output() -> None:
    """Our reader has gone, or the disk is full: Python would complain once more when it flushes at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
