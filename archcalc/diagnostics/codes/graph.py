"""AC2xx: maps and names that do not connect to a network."""

from __future__ import annotations

from archcalc.diagnostics.model import Code

UNKNOWN_MAP = Code(
    "AC201",
    "unknown-map",
    "error",
    "a map that does not exist at this point",
    "`from`, branches and map fields name a map that an earlier step has made. There are no forward references, so a "
    "network has no cycles. A number is a name where a step has it by `as: 7`; the numbers of steps without a name "
    "stand for their places, which a step that is put in moves, and name no map.",
    "input: [8, 4, 4]\nlayers:\n  - {relu, from: later}\n  - {tanh, as: later}",
    "Name an earlier step by its `as`, or `here` and `input`. Names inside a named group are reached as group.name.",
)
DUPLICATE_NAME = Code(
    "AC202",
    "duplicate-name",
    "error",
    "a name used twice in one scope",
    "Each name stands for one step of its scope: the network, a named group or a block call. A step without a name is "
    "called by its number, which counts all layers, blocks and named groups of the scope from 0, those with names too. "
    "A step may be called as an input, as `self.src(src)` in Python, but then nobody behind it can name either.",
    "input: [8, 4, 4]\nlayers:\n  - {relu, as: act}\n  - {tanh, as: act}",
    "Rename one of them; in a loop, compute the name: `as: conv$i`, where `for: {i: 1..4}` counts the turns.",
)
NOT_A_MAP = Code(
    "AC203",
    "not-a-map",
    "error",
    "a value where a map is needed",
    "A branch, `from` and map fields take the name of a map. Numbers, words and lists are something else.",
    "let: {width: 64}\ninput: [8, 4, 4]\nlayers:\n  - {relu, from: width}",
    "Name a step by its `as`, or `here` or `input`.",
)
BARE_BRANCH = Code(
    "AC204",
    "bare-branch",
    "error",
    "a branch that is a single layer without a list",
    "A branch is a map's name, a list of steps, or a group. A layer directly among the branches would be a branch of "
    "its own, which is rarely meant.",
    "input: [8, 4, 4]\nlayers:\n  - add:\n      - here\n      - conv: [8, 1]",
    "Put the steps of each branch into a list: `- [{conv: [8, 1]}]`.",
)
EMPTY_BRANCH = Code(
    "AC205",
    "empty-branch",
    "error",
    "a branch of `concat` that `when` has emptied",
    "Where every step of a branch is left out, the branch passes its input on. For `add` that is the identity "
    "shortcut; for `concat` it would join the input once more, which is rarely meant.",
    "input: [8, 4, 4]\nlayers:\n  - concat:\n      - here\n      - [{relu, when: 1 > 2}]",
    "Write `here` if the identity is meant, or leave the merge out with `when`.",
)
UNUSED_OUTPUT = Code(
    "AC206",
    "unused-output",
    "warning",
    "a map that nothing reads",
    "The layer is computed and counted, but neither another layer nor the network's output reads what it writes.",
    "input: [8, 4, 4]\nlayers:\n  - {conv: [8, 1], as: side}\n  - {relu, from: input}",
    "Read it, declare it under `output`, or remove the layer.",
)
NOTHING_HERE = Code(
    "AC207",
    "nothing-here",
    "error",
    "a step that has nothing to read",
    "A network with several inputs starts without a current map: `here` and `input` are not defined until a step "
    "says what it reads.",
    "input: {left: [1, 8, 8], right: [1, 8, 8]}\nlayers:\n  - conv: [8, 3]",
    "Say `from: left`, or join the inputs with a merge.",
)
LIST_OF_MAPS = Code(
    "AC208",
    "list-of-maps",
    "error",
    "a list of maps where one map is read",
    "`fork` and `split` give a list of maps. A layer reads one map of it.",
    "input: [8, 4, 4]\nlayers:\n  - split: 2\n  - relu",
    "Name the step and read one entry, `from: parts.0`, or pass the list to a block that takes it apart.",
)
UNKNOWN_OUTPUT = Code(
    "AC209",
    "unknown-output",
    "error",
    "an output that does not exist",
    "`output` lists maps of the network by name.",
    "input: [8, 4, 4]\nlayers:\n  - {relu, as: act}\noutput: [actt]",
    "Name a step by its `as`.",
)
UNUSED_INPUT = Code(
    "AC210",
    "unused-input",
    "warning",
    "an input that nothing reads",
    "The network declares an input and never uses it.",
    "input: {image: [3, 8, 8], mask: [1, 8, 8]}\nlayers:\n  - {conv: [8, 3], from: image}",
    "Read it or remove it.",
)
NOT_REUSABLE = Code(
    "AC211",
    "not-reusable",
    "error",
    "`use` of something that is not a layer or a group",
    "`use: NAME` applies a named layer, group or block call once more, with the same parameters.",
    "input: [8, 4, 4]\nlayers:\n  - {relu, as: act}\n  - use: input",
    "Give the step to reuse a name with `as`, and use that name.",
)
NO_LAYERS = Code(
    "AC212",
    "no-layers",
    "error",
    "a spec without a network",
    "A spec needs an `input` and at least one step under `layers`.",
    "name: nothing",
    "Add `input: [3, 224, 224]` and `layers:` with a list of steps.",
)
SAME_MAP_TWICE = Code(
    "AC213",
    "same-map-twice",
    "warning",
    "a merge that reads one map twice",
    "Two branches of a merge are one and the same map, so that it doubles, squares or repeats the map instead of "
    "joining two. No size and no count shows it. A step that `when` leaves out passes `here`, not what its `from` "
    "names.",
    "input: [8, 4, 4]\nlet: {wide: false}\nlayers:\n  - conv: [8, 1]\n"
    "  - add: [here, [{conv: [8, 1], from: input, when: wide}]]",
    "Let a branch begin at its map by a step of its own: `[{from: input}, {conv: [8, 1], when: wide}]`.",
)
NOT_REGISTERED = Code(
    "AC214",
    "not-registered",
    "error",
    "`register` of something that its scope does not register",
    "`register: [NAME, ...]` says where among its modules a class registers these. They are layers, groups and calls "
    "of the scope in which it stands, each of them once.",
    "input: [8, 4, 4]\nlayers:\n  - register: [sum]\n  - {conv: [8, 1], as: side}\n  - {add: [here, input], as: sum}",
    "Name steps of this scope that have parameters; those of a block or a group stand in a `register` of its own.",
)
