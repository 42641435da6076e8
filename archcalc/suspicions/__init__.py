"""Suspicions: places where a spec says one thing, and another one is likelier to be meant.

An input of [10, 1, 28, 28] is a volume with 10 channels, and nearly always a batch of 10 images. What is likelier is
made: the text is changed, read and unfolded, and the warning says what comes out then. A reading with more errors than
the literal one is no likelier, and nothing is said of it.
"""

from archcalc.suspicions.search import suspected

__all__ = ["suspected"]
