"""Draws DOT text from standard input with pygraphviz; run as a program, so that a crash or a hang is not ours."""

import sys
from importlib import import_module


def main(format: str, *options: str) -> None:
    """Write the picture to standard output."""
    graph = import_module("pygraphviz").AGraph(string=sys.stdin.buffer.read().decode("utf-8"))
    sys.stdout.buffer.write(graph.draw(format=format, prog="dot", args=" ".join(options)))


if __name__ == "__main__":
    main(*sys.argv[1:])
