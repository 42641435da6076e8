"""A rehearsal: what archcalc imports and computes once is there before somebody asks for the first time.

A playground for a browser is built with the memory of a Python that has rehearsed. No answer is kept.
"""

from __future__ import annotations

import json

from archcalc.catalogue import shipped
from archcalc.layers.table import KINDS, layer_class
from archcalc.play.answers import Answers

_ASKED = ("check", "page", "repairs", "terminal", "complete", "hover", "format", "catalogue", "about")


def rehearsed() -> Answers:
    """Answers that nobody has asked, of a Python that has given others. Raises: RuntimeError for a mistake in one.

    >>> rehearsed().answer({"id": 1, "kind": "check", "text": "input: [8]\\nlayers: [linear: 4]"})["result"]["ok"]
    True
    """
    for kind in KINDS:
        layer_class(kind)
    rehearsing = Answers()
    text = shipped()["lenet"].read_text(encoding="utf-8")
    # With a mistake, too, and with one that keeps it from being read.
    for version in (text, text.replace("kernel: ", "kernel: 2"), f"{text}]"):
        for kind in _ASKED:
            message = {"id": 0, "kind": kind, "text": version, "at": version.find("conv"), "label": "conv"}
            answer = json.loads(rehearsing.answered(json.dumps(message)))
            if "a mistake of archcalc" in answer.get("error", ""):
                raise RuntimeError(answer["error"])
    return Answers()
