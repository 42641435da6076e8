"""The JSON Schemas of what commands print for programs, from which `archcalc/schemas/` is written.

Each is complete in itself, so that a program can keep one file. A record has exactly the keys that are listed: a key
that is added or renamed changes the schema, and with it the promise, in plain sight.
"""

from __future__ import annotations

import json
from typing import Any, get_args

from archcalc.comparison.layers import State as LayerState
from archcalc.conventions.model import Unit
from archcalc.repair.harms import Kind, Nature

Schema = dict[str, Any]

WHOLE: Schema = {"type": "integer"}
TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
NUMBER: Schema = {"type": ["integer", "string"], "description": "A number, or text: a closed form, or a fraction."}
MAYBE_WHOLE: Schema = {"type": ["integer", "null"]}
MAYBE_TEXT: Schema = {"type": ["string", "null"]}
MAYBE_NUMBER: Schema = {"type": ["integer", "string", "null"], "description": "null where an error keeps it unknown."}


def record(required: dict[str, Schema], **optional: Schema) -> Schema:
    """A map with these keys and no others."""
    return {
        "type": "object",
        "properties": {**required, **optional},
        "required": list(required),
        "additionalProperties": False,
    }


def listed(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def mapped(values: Schema) -> Schema:
    """A map with any names as keys."""
    return {"type": "object", "additionalProperties": values}


def maybe(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


SIZES: Schema = {"type": ["array", "null"], "items": MAYBE_NUMBER, "description": "Without the batch."}
COUNTS = dict.fromkeys(("parameters", "frozen", "buffers", "multiplications"), MAYBE_NUMBER)
BY_CONVENTION = {
    **mapped(MAYBE_NUMBER),
    "description": "Operations as each convention that was asked for counts them, under its name.",
}
TITLE = {"name": TEXT, "variant": MAYBE_TEXT, "file": TEXT}
ASKED = {"layer": TEXT, "condition": TEXT, "reason": TEXT}
POINT = mapped(WHOLE)

PLACED = record({"line": WHOLE, "column": WHOLE, "end_line": WHOLE, "end_column": WHOLE, "text": TEXT})

DEFINITIONS: dict[str, Schema] = {
    "diagnostic": record(
        {
            "code": {"type": "string", "pattern": "^AC[1-6][0-9]{2}$"},
            "name": TEXT,
            "severity": {"enum": ["error", "warning", "note"]},
            "message": TEXT,
            "file": TEXT,
            "line": MAYBE_WHOLE,
            "column": MAYBE_WHOLE,
            "end_line": MAYBE_WHOLE,
            "end_column": MAYBE_WHOLE,
            "layer": MAYBE_TEXT,
            "label": TEXT,
            "notes": listed(TEXT),
            "help": listed(TEXT),
            "changes": listed(record({"help": TEXT, "certain": FLAG, "edits": listed(PLACED)})),
            "labels": listed(record({"line": WHOLE, "column": WHOLE, "text": TEXT})),
        }
    ),
    "run": record({"first": WHOLE, "last": MAYBE_WHOLE, "modulus": WHOLE, "residues": listed(WHOLE)}),
    "set": record(
        {
            "modulus": WHOLE,
            "residues": listed(WHOLE),
            "minimum": MAYBE_WHOLE,
            "maximum": MAYBE_WHOLE,
            "exceptions": maybe(record({"added": listed(WHOLE), "removed": listed(WHOLE)})),
            "runs": listed(ref("run")),
        }
    ),
}

LEGAL_SIZES: dict[str, Schema] = {
    "legal": TEXT,
    "symbols": mapped(maybe(ref("set"))),
    "independent": FLAG,
    "boxes": maybe(listed(mapped(ref("set")))),
    "undecided": listed(record(ASKED)),
    "stated": POINT,
    "fixed": POINT,
    "never": MAYBE_TEXT,
    "causes": listed(
        {
            "anyOf": [
                record({"symbol": TEXT, "layer": TEXT, "allowed": TEXT, "reason": TEXT}),
                record({"symbol": {"type": "null"}, **ASKED}),
            ]
        }
    ),
}
OTHER_SIZES = {"rests_on": listed(TEXT), "with_new_weights": ref("legal_sizes"), "exact": ref("legal_sizes")}
SETS = {**DEFINITIONS, "legal_sizes": record(LEGAL_SIZES, **OTHER_SIZES)}

FIELD = record(
    {"size": listed(WHOLE), "jump": listed(NUMBER), "centre": listed(NUMBER)},
    pattern=listed(listed({"anyOf": [{"type": "null"}, listed(WHOLE)]})),
)
LAYER = record(
    {
        "name": TEXT,
        "kind": TEXT,
        "path": listed(TEXT),
        "line": WHOLE,
        "input": listed(SIZES),
        "output": SIZES,
        **COUNTS,
    },
    outputs=listed(SIZES),
    fractions=listed(record({"axis": TEXT, "value": TEXT})),
    shares=TEXT,
    by_convention=BY_CONVENTION,
    receptive_field=maybe(FIELD),
    no_receptive_field=TEXT,
)
CLAIM = record(
    {
        "quantity": TEXT,
        "of": MAYBE_TEXT,
        "relative_to": MAYBE_TEXT,
        "at": MAYBE_TEXT,
        "counting": TEXT,
        "expected": NUMBER,
        "stated": {"anyOf": [MAYBE_NUMBER, SIZES]},
        "actual": {"anyOf": [MAYBE_NUMBER, SIZES]},
        "state": {"enum": ["holds", "fails", "explained", "surprise", "undecided", "unknown"]},
        "how": MAYBE_TEXT,
        "remark": MAYBE_TEXT,
        "source": MAYBE_TEXT,
        "because": MAYBE_TEXT,
        "line": WHOLE,
    },
    by_authors=NUMBER,
    file=TEXT,
)
REPAIR = record(
    {
        "title": TEXT,
        "why": TEXT,
        "layer": MAYBE_TEXT,
        "code": TEXT,
        "nature": {"enum": list(get_args(Nature))},
        "edits": listed(record({"start": WHOLE, "end": WHOLE, "text": TEXT})),
        "sizes": POINT,
        "legal": maybe(ref("legal_sizes")),
        "keeps_weights": FLAG,
        "safe": FLAG,
        "harms": listed(record({"kind": {"enum": list(get_args(Kind))}, "text": TEXT})),
    }
)
MISALIGNED = record(
    {
        "layer": TEXT,
        "apart": listed(NUMBER),
        "jump": listed(NUMBER),
        "branches": listed(record({"layer": TEXT, "centre": listed(NUMBER)})),
    }
)
CHECKED = record(
    {
        **TITLE,
        "ok": FLAG,
        "complete": FLAG,
        "inputs": mapped(SIZES),
        "outputs": mapped(SIZES),
        "totals": record(COUNTS, by_convention=BY_CONVENTION),
        "layers": listed(LAYER),
        "legal_sizes": maybe(ref("legal_sizes")),
        "conditions": listed(record(ASKED)),
        "expectations": listed(CLAIM),
        "diagnostics": listed(ref("diagnostic")),
        "repairs": maybe(listed(REPAIR)),
    },
    misaligned=listed(MISALIGNED),
    stated=record({"layers": listed(TEXT), "parameters": MAYBE_NUMBER, "multiplications": MAYBE_NUMBER}),
)

NEAR = record({"sizes": POINT, "legal": FLAG, "below": maybe(POINT), "above": maybe(POINT)})
PROVEN = record(
    {"file": TEXT, "parts": WHOLE, "proven": WHOLE, "where": listed(TEXT), "not_proven": listed(TEXT)},
    rests_on=listed(TEXT),
)
MISTAKEN = record({**TITLE, "diagnostics": listed(ref("diagnostic"))})
"""A network about which nothing is known because of its mistakes."""
DECIDED = {
    "anyOf": [
        MISTAKEN,
        record({**TITLE, **LEGAL_SIZES}, **OTHER_SIZES, near=NEAR, certificate=PROVEN),
    ]
}

FOUND = record({"values": maybe(listed(NUMBER)), "set": ref("set"), "others": listed(NUMBER)})
ANSWERED = record(
    {
        **TITLE,
        "unknowns": listed(TEXT),
        "where": listed(TEXT),
        "solutions": listed(mapped(FOUND)),
        "text": TEXT,
        "smallest": maybe(mapped(NUMBER)),
        "largest": maybe(mapped(NUMBER)),
        "unlisted": {**WHOLE, "description": "Solutions behind those that are listed, where all are too many."},
        "complete": FLAG,
        "searched": {**mapped(TEXT), "description": "Values that were put in one by one."},
        "looked_up": {**mapped(TEXT), "description": "Values that were looked up in tables."},
        "remarks": record({}, smallest=listed(TEXT), largest=listed(TEXT)),
        "reason": MAYBE_TEXT,
    }
)
SOLVED = {"anyOf": [MISTAKEN, ANSWERED]}

PART = {
    "term": {**TEXT, "description": "A term of the convention's rule, as it is written there."},
    "kinds": listed(TEXT),
    "layers": WHOLE,
    "amount": {**NUMBER, "description": "What it adds to the count; below 0 where it takes from it."},
    "fault": maybe(record({"name": TEXT, "about": TEXT})),
}
HOW = {"enum": ["exactly", "rounded", "truncated"]}
RECONCILED = record(
    {
        **TITLE,
        "operations": listed(
            record(
                {
                    "convention": TEXT,
                    "title": TEXT,
                    "source": TEXT,
                    "unit": {"enum": list(get_args(Unit))},
                    "total": NUMBER,
                    "base": {**NUMBER, "description": "The multiplications, in the unit of the convention."},
                    "parts": listed(record(PART)),
                }
            )
        ),
        "omitted": {
            **listed(record({"convention": TEXT, "title": TEXT, "reason": TEXT, "help": listed(TEXT)})),
            "description": "Conventions with a rule that asks for the value of a symbol which has none.",
        },
        "parameters": listed(record({"name": TEXT, "about": TEXT, "value": NUMBER})),
        "observed": maybe(
            record(
                {
                    "text": TEXT,
                    "sources": listed(
                        record(
                            {
                                "name": TEXT,
                                "of": {"enum": ["operations", "parameters"]},
                                "factor": {"enum": ["1", "2", "1/2"]},
                                "value": NUMBER,
                                "how": HOW,
                            }
                        )
                    ),
                    "guesses": listed(
                        record(
                            {
                                "name": TEXT,
                                "part": record({**PART, "sign": {"enum": [1, -1]}}),
                                "value": NUMBER,
                                "how": HOW,
                            }
                        )
                    ),
                }
            )
        ),
    }
)

SIDE = {"output": SIZES, **dict.fromkeys(COUNTS, MAYBE_WHOLE)}
VERIFIED = record(
    {
        **TITLE,
        "ok": FLAG,
        "verdict": {"enum": ["ok", "not ok", "not decided"]},
        "torch_version": MAYBE_TEXT,
        "totals": maybe(record(dict.fromkeys(COUNTS, MAYBE_WHOLE))),
        "torch_totals": maybe(record(dict.fromkeys(COUNTS, MAYBE_WHOLE))),
        "layers": listed(
            record(
                {
                    "name": TEXT,
                    "kind": TEXT,
                    "path": listed(TEXT),
                    "line": WHOLE,
                    "agrees": {"type": ["boolean", "null"]},
                }
                | SIDE
                | {"torch": record(SIDE, outputs=listed(SIZES))},
                outputs=listed(SIZES),
            )
        ),
        "runs": listed(
            record(
                {
                    "sort": {"enum": ["meta", "cpu", "block", "legal", "illegal", "other"]},
                    "sizes": POINT,
                    "ok": {"type": ["boolean", "null"], "description": "null for a run that was left out."},
                    "told": TEXT,
                }
            )
        ),
        "diagnostics": listed(ref("diagnostic")),
    }
)
PAIR = {**listed(WHOLE), "description": "Of the spec, then of what it describes."}
BESIDE = record(
    {
        "name": TEXT,
        "against": TEXT,
        "ok": FLAG,
        "tensors": maybe(
            record(
                {
                    "same": listed(TEXT),
                    "missing": mapped(listed(WHOLE)),
                    "surplus": mapped(listed(WHOLE)),
                    "reshaped": mapped(listed(listed(WHOLE))),
                    "renamed": mapped(TEXT),
                }
            )
        ),
        "parameters": PAIR,
        "multiplications": PAIR,
        "layers": listed(record({"here": listed(TEXT), "there": listed(TEXT)})),
        "outputs": maybe(record({"agree": FLAG, "equal_bits": FLAG, "at": listed(TEXT), "told": TEXT})),
    }
)

AMOUNT: Schema = {**MAYBE_NUMBER, "description": "Bytes; a closed form where symbols have no value."}
REMEMBERED = record(
    {
        **TITLE,
        "batch": WHOLE,
        "precision": TEXT,
        "optimizer": MAYBE_TEXT,
        "in_place": FLAG,
        "checkpoints": listed(TEXT),
        **dict.fromkeys(
            ("weights", "buffers", "gradients", "states", "inputs", "activations", "saved", "kv_cache", "peak"), AMOUNT
        ),
        "peak_at": maybe(record({"layer": TEXT, "phase": {"enum": ["forward", "backward", "again"]}})),
        "closed_forms": mapped(TEXT),
        "layers": listed(record({"name": TEXT, "kind": TEXT, "tensors": AMOUNT, "writes": AMOUNT, "saved": AMOUNT})),
        "unknown": listed(TEXT),
        "largest_batch": maybe(WHOLE),
    }
)

VALUE: Schema = {"description": "A value of a field, sizes or a count; closed forms and fractions are text."}


def both(values: Schema) -> Schema:
    """What was and what is."""
    return record({"before": values, "after": values})


COMPARED = record({**TITLE, "ok": FLAG, "complete": FLAG, "errors": WHOLE})
STATE = {"enum": list(get_args(LayerState))}
PLACED_LAYER = maybe(
    record({"name": TEXT, "kind": TEXT, "place": {**WHOLE, "description": "In order; inputs come first."}})
)
LAYER_CHANGED = {
    "anyOf": [
        record(
            {
                "state": STATE,
                "name": TEXT,
                "kind": TEXT,
                "before": PLACED_LAYER,
                "after": PLACED_LAYER,
                "layer": record(
                    {
                        "fields": mapped(VALUE),
                        "reads": maybe(listed(MAYBE_TEXT)),
                        "inputs": listed(SIZES),
                        "outputs": listed(SIZES),
                        **COUNTS,
                        "receptive_field": SIZES,
                    }
                ),
            }
        ),
        record(
            {
                "state": STATE,
                "name": TEXT,
                "kind": TEXT,
                "before": PLACED_LAYER,
                "after": PLACED_LAYER,
                "renamed": FLAG,
                "moved": FLAG,
                "rewired": FLAG,
                "fields": mapped(both(VALUE)),
                "reads": maybe(both(listed(MAYBE_TEXT))),
                "effects": mapped(both(VALUE)),
            }
        ),
    ]
}
MEASURED = {"anyOf": [MAYBE_NUMBER, SIZES]}
SAID = maybe(
    record(
        {
            "expected": TEXT,
            "actual": MEASURED,
            "state": {"enum": ["holds", "fails", "explained", "surprise", "undecided", "unknown"]},
        }
    )
)
LIMIT = record(
    {
        "limit": TEXT,
        "quantity": TEXT,
        "state": {"enum": ["kept", "broken", "undecided"]},
        **both(MEASURED)["properties"],
        "reason": MAYBE_TEXT,
    }
)
COMPARISON = record(
    {
        "before": COMPARED,
        "after": COMPARED,
        "same": FLAG,
        "quantities": listed(
            record(
                {
                    "quantity": TEXT,
                    "unit": MAYBE_TEXT,
                    "same": FLAG,
                    "before": MEASURED,
                    "after": MEASURED,
                    "difference": MAYBE_NUMBER,
                    "percent": {"type": ["number", "null"], "description": "Of what was, rounded."},
                }
            )
        ),
        "outputs": listed(record({"name": TEXT, "before": SIZES, "after": SIZES})),
        "written_by": listed(record({"output": TEXT, "before": MAYBE_TEXT, "after": MAYBE_TEXT})),
        "counts": record(dict.fromkeys(get_args(LayerState), WHOLE)),
        "layers": listed(LAYER_CHANGED),
        "legal_sizes": record(
            {"same": FLAG, "before": MAYBE_TEXT, "after": MAYBE_TEXT, "lost": MAYBE_TEXT, "gained": MAYBE_TEXT}
        ),
        "expectations": listed(
            record(
                {
                    "quantity": TEXT,
                    "of": MAYBE_TEXT,
                    "relative_to": MAYBE_TEXT,
                    "at": MAYBE_TEXT,
                    "counting": TEXT,
                    "source": MAYBE_TEXT,
                    "before": SAID,
                    "after": SAID,
                }
            )
        ),
        "limits": listed(LIMIT),
    }
)
ALONE = record({"before": maybe(record(TITLE)), "after": maybe(record(TITLE)), "same": {"const": False}})
"""A variant that only one of two files has."""

SECONDS: Schema = {"type": "number", "minimum": 0}
BOUND: Schema = {"enum": ["compute", "memory", None], "description": "What limits it; null where nothing is moved."}
FIGURE = record(
    {
        "value": {**WHOLE, "description": "In FLOPs a second, in bytes a second, or in bytes."},
        "text": TEXT,
        "how": TEXT,
        "source": {**MAYBE_WHOLE, "description": "Its place among the sources."},
    }
)
ESTIMATED = record(
    {
        **TITLE,
        "hardware": record(
            {
                "name": TEXT,
                "title": TEXT,
                "kind": TEXT,
                "memory": maybe(FIGURE),
                "bandwidth": FIGURE,
                "peaks": {**mapped(FIGURE), "description": "By the type of the numbers."},
                "sources": listed(record({"title": TEXT, "url": TEXT, "read": TEXT, "original": TEXT})),
                "note": TEXT,
            }
        ),
        "dtype": {**TEXT, "description": "The type of the numbers of maps, and of the arithmetic."},
        "tensor_dtype": TEXT,
        "batch": WHOLE,
        "fused": FLAG,
        "ridge": {"type": "number", "description": "From so many FLOPs a byte on, the arithmetic is the limit."},
        "flops": WHOLE,
        "bytes": WHOLE,
        "seconds": SECONDS,
        "bound": BOUND,
        "share_of_memory": {"type": "number", "description": "Which part of the time the memory limits."},
        "tensor_bytes": {**WHOLE, "description": "What parameters and buffers take of the memory."},
        "opaque": {**listed(TEXT), "description": "Layers of which the work is their author's word."},
        "layers": listed(
            record(
                {
                    "layer": TEXT,
                    "kind": TEXT,
                    "fused_into": {
                        **MAYBE_TEXT,
                        "description": "The layer that it is merged into, which has its work.",
                    },
                    "flops": WHOLE,
                    "read": {**WHOLE, "description": "Bytes of maps that it reads."},
                    "tensors": {**WHOLE, "description": "Bytes of its own tensors that it reads."},
                    "written": {**WHOLE, "description": "Bytes of maps that it writes."},
                    "bytes": WHOLE,
                    "intensity": {"type": ["number", "null"], "description": "FLOPs a byte."},
                    "bound": BOUND,
                    "seconds": SECONDS,
                    "share": {"type": "number", "minimum": 0, "maximum": 1},
                }
            )
        ),
    }
)

ENTRIES: dict[str, tuple[Schema, str]] = {
    "check": (CHECKED, "what a check found"),
    "diff": ({"anyOf": [COMPARISON, ALONE]}, "what differs between each two that are compared"),
    "memory": (
        {"anyOf": [MISTAKEN, REMEMBERED]},
        "what it takes in bytes; only a title and the errors of a network that has some",
    ),
    "reconcile": (
        {"anyOf": [MISTAKEN, RECONCILED]},
        "what every convention counts; only a title and the errors of a network that has some",
    ),
    "roofline": (
        {"anyOf": [MISTAKEN, ESTIMATED]},
        "the estimate, layer by layer; only a title and the errors of a network that has some",
    ),
    "sizes": (DECIDED, "its legal sizes; only a title and its mistakes for a file that is not a network"),
    "solve": (SOLVED, "the values that meet the conditions; only a title and the errors that it has at all of them"),
    "verify": ({"anyOf": [VERIFIED, BESIDE]}, "what PyTorch says; with --against, what it is beside another network"),
}
"""The entry of `specs` for each command that prints JSON."""


def schema(command: str) -> Schema:
    """The schema of a command's output."""
    entry, about = ENTRIES[command]
    body = record(
        {
            "archcalc_json": {"const": 1, "description": "The version of this format; another one breaks programs."},
            "ok": {**FLAG, "description": "Whether the exit code is 0."},
            "specs": {**listed(entry), "description": f"Each network that was asked about: {about}."},
            "problems": {**listed(TEXT), "description": "What could not be read, in words."},
        }
    )
    alone = {"diagnostic": DEFINITIONS["diagnostic"]}
    used = {"diff": {}, **dict.fromkeys(("memory", "reconcile", "roofline", "verify"), alone)}.get(command, SETS)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"The output of `archcalc {command} --format json`",
        **body,
        **({"$defs": used} if used else {}),
    }


def text(command: str) -> str:
    """The schema as it stands in `archcalc/schemas/`."""
    return json.dumps(schema(command), indent=1, ensure_ascii=False) + "\n"
