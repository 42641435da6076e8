"""The commands, a module each: `add` for its arguments, `run` for its work.

A command is declared before it is known whether it will run. Its module imports nothing of the engine at its top; what
`run` needs it imports when it runs.
"""

from __future__ import annotations

COMMANDS = {
    "check": "check networks: shapes, fractions, counts, expectations",
    "fmt": "lay specs out by one rule, with comments and networks as they were",
    "export": "write a network as PyTorch code",
    "sizes": "say for which sizes networks are legal, and which layers ask for what",
    "solve": "find the values of symbols and lets that meet conditions",
    "sweep": "evaluate all combinations of values: how many designs, which, at what cost, which none beats",
    "reconcile": "say what every tool and paper counts of a network, and what lies between the numbers",
    "memory": "say what a network takes in memory, in inference and in training",
    "roofline": "estimate how long a device needs for a network, and what limits each layer",
    "diff": "say what differs between two networks, and fail if it goes beyond limits",
    "draw": "draw a network as a picture: DOT, SVG, PNG or PDF",
    "report": "write a network as one HTML page: graph, table, charts, shown work, sizes to choose",
    "watch": "show a network as a page of the browser that follows every save of its file",
    "play": "open an editor in the browser beside the page of what is typed, or build one for others",
    "verify": "run the exported code in PyTorch and compare everything",
    "import": "write a network of PyTorch, ONNX, Keras or Caffe as a spec that is proven to be it",
    "list": "list the networks that come with archcalc, or those that fit some words",
    "show": "print a spec, to be read or copied",
    "new": "print a commented spec to begin with",
    "explain": "print the page of a code, a layer or a word of the language, or the work for a network",
    "lsp": "serve editors: findings, shapes beside the lines, hovers, completions and repairs while typing",
    "completion": "print a script that completes commands, options and names in a shell",
    "schema": "print the JSON Schema of the spec language, or of what a command prints as JSON",
}
"""The modules and what each does, in the order of `archcalc --help`, which imports none of them."""
