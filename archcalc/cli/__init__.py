"""The command line: it reads arguments, prints and exits, and does nothing else."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `archcalc`; returns the exit code: 0 fine, 1 findings of error severity, 2 wrong usage or interrupted."""
    from archcalc.cli.parser import parser

    given = list(sys.argv[1:] if arguments is None else arguments)
    # argparse takes -:VARIANT, a variant of standard input, for an option.
    given = [text.replace("-:", "<stdin>:", 1) if text.startswith("-:") else text for text in given]
    try:
        options = parser().parse_args(given)
        code: int = options.run(options)
        sys.stdout.flush()
    except KeyboardInterrupt:
        print("archcalc: interrupted", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # Whoever read our output has gone. Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return code
