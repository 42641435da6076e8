"""Why a word of a text is no name that could be changed."""

from __future__ import annotations

import re

from archcalc.editor.names.model import Refusal
from archcalc.expressions.functions import NAMES as FUNCTION_NAMES
from archcalc.layers.table import KINDS
from archcalc.program import Program
from archcalc.spec.claims import CLAIM_KEYS
from archcalc.spec.names import RESERVED_WORDS, STEP_KEYS, WIRING_KINDS
from archcalc.spec.reader import INPUT_KEYS, SPEC_KEYS

_WORD = re.compile(r"[\w-]+")
_KEYS = {*SPEC_KEYS, *STEP_KEYS, *INPUT_KEYS, *CLAIM_KEYS}


def why_no_name(program: Program, line: int, column: int) -> Refusal:
    """What stands at a place instead of a name of the spec."""
    text = program.file.line(line)
    words = [match.group() for match in _WORD.finditer(text) if match.start() < column <= match.end() + 1]
    if program.document is None:
        return Refusal("the text cannot be read as it is: correct what is wrong with its form first")
    if not words:
        return Refusal("no name stands here")
    word = words[0]
    if word in KINDS or word in WIRING_KINDS:
        return Refusal(f"`{word}` is a layer of archcalc, and no name of this spec")
    if word in RESERVED_WORDS or word in _KEYS:
        return Refusal(f"`{word}` is a word of the language")
    if word in FUNCTION_NAMES:
        return Refusal(f"`{word}` is a function of the language")
    if word.isdigit():
        return Refusal("a number is no name: give the step a name by `as`, and write it here")
    return Refusal(f"`{word}` is no name of this spec")
