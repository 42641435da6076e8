"""The index of the layers: what must be known of them before their classes are imported, written into `known.py`.

`python -m archcalc.spec.schema` writes it, together with the JSON Schema: both are made from the classes.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from archcalc.layers.fields import PADDING_WORDS, words_of
from archcalc.layers.table import KINDS, layer_class

FILE = Path(__file__).with_name("known.py")

_HEAD = "Written by `python -m archcalc.spec.schema` from the classes of the layers, so that they need not be imported."


def rounding_names() -> set[str]:
    """The kinds whose layers have a `rounding`, and their families."""
    classes = [layer_class(kind) for kind in KINDS]
    return {name for cls in classes if cls.rounds() for name in (cls.kind, cls.family)}


def words() -> set[str]:
    """The words that fields take."""
    declared = [field.annotation for kind in KINDS for field in layer_class(kind).model_fields.values()]
    return {*PADDING_WORDS, *(word for annotation in declared for word in words_of(annotation))}


def text() -> str:
    """The module `archcalc/layers/known.py`."""
    rounding = _constant("ROUNDING", rounding_names(), "Kinds and families for which `rounding` can be declared.")
    taken = _constant("WORDS", words(), "Words that fields take.")
    return f'"""{_HEAD}"""\n\n{rounding}\n{taken}'


def _constant(name: str, found: Iterable[str], meaning: str) -> str:
    """A set of names as `ruff format` writes it."""
    lines = "".join(f'        "{word}",\n' for word in sorted(found))
    return f'{name}: frozenset[str] = frozenset(\n    {{\n{lines}    }}\n)\n"""{meaning}"""\n'
