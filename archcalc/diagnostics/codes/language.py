"""AC12x to AC14x: expressions, fields, steps, blocks and claims that the language does not allow."""

from __future__ import annotations

from archcalc.diagnostics.model import Code

BAD_EXPRESSION = Code(
    "AC120",
    "bad-expression",
    "error",
    "an expression that cannot be read",
    "A value is an expression: numbers, names, + - * / // % **, comparisons, `a if c else b`, ranges 1..4, the "
    "functions min max floor ceil round divisible channels len, and functions of your own from `let`.",
    "input: [3, 32, 32]\nlayers:\n  - conv: {out: 2 *, kernel: 3}",
    "Complete or quote the expression. A size such as 3x3 is written [3, 3].",
)
UNKNOWN_NAME = Code(
    "AC121",
    "unknown-name",
    "error",
    "a name that nothing defines",
    "Names come from the input's symbols, from `at`, `let`, a block's parameters, a loop's variables and, for maps, "
    "from `as`. A block sees its own parameters and names, the lets and the symbols, and nothing of its caller.",
    "input: [1, N, N]\nlayers:\n  - conv: {out: widht, kernel: 3}",
    "Correct the spelling, define the name in `let`, or pass it to the block as a parameter.",
)
UNKNOWN_FUNCTION = Code(
    "AC122",
    "unknown-function",
    "error",
    "a function that does not exist",
    "There are min, max, floor, ceil, round, divisible, channels and len, and the functions that `let` defines.",
    "input: [3, 32, 32]\nlayers:\n  - conv: {out: sqrt(64), kernel: 3}",
    "Use one of these, or define a function: `let: {double(c): 2 * c}`.",
)
WRONG_TYPE = Code(
    "AC123",
    "wrong-type",
    "error",
    "an operation on values that it does not take",
    "Arithmetic takes numbers, `and`, `or`, `not` and `when` take true and false, an index takes a list.",
    "let: {wide: true}\ninput: [3, 32, 32]\nlayers:\n  - conv: {out: 2 * wide, kernel: 3}",
    "Check what each name stands for.",
)
NUMBER_TOO_LARGE = Code(
    "AC124",
    "number-too-large",
    "error",
    "a number beyond every network",
    "Numbers are exact, and bounded to 1,000 digits so that a typing error cannot occupy the machine.",
    "input: [3, 32, 32]\nlayers:\n  - conv: {out: 9**9**9, kernel: 3}",
    "Check the powers and products.",
)
UNDECIDABLE = Code(
    "AC125",
    "undecidable-here",
    "error",
    "a decision that depends on a symbol",
    "Which steps a network has must be certain: `when`, `repeat`, `for` and an index cannot depend on a symbol without "
    "a value.",
    "input: [C, N, N]\nlayers:\n  - {relu, when: C > 3}",
    "Give the symbol a value with `at` or `--set`, or decide by a `let`.",
)
DIVISION_BY_ZERO = Code(
    "AC126",
    "division-by-zero",
    "error",
    "a division by zero",
    "The expression divides by zero.",
    "let: {n: 0}\ninput: [3, 32, 32]\nlayers:\n  - conv: {out: 64 / n, kernel: 3}",
    "Check the divisor.",
)
CIRCULAR_DEFINITION = Code(
    "AC127",
    "circular-definition",
    "error",
    "a definition that needs itself",
    "A `let` may use other lets in any order, but not itself, directly or through others; functions may call functions "
    "to a depth of 40.",
    "let: {a: b + 1, b: a - 1}\ninput: [3, 32, 32]\nlayers:\n  - conv: [a, 3]",
    "Break the circle.",
)
BAD_INDEX = Code(
    "AC128",
    "bad-index",
    "error",
    "an index outside of its list",
    "The entries of a list count from 0.",
    "let: {widths: [64, 128]}\ninput: [3, 32, 32]\nlayers:\n  - conv:\n      out: widths[2]\n      kernel: 3",
    "Use an index below the length of the list.",
)
UNKNOWN_KEY = Code(
    "AC130",
    "unknown-key",
    "error",
    "a key or field that does not exist here",
    "Each part of a spec has its own keys, and each layer its own fields. A misspelt key would otherwise be a value "
    "that silently does nothing.",
    "input: [1, 32, 32]\nlayers:\n  - conv: {out: 6, kernel: 5, strid: 1}",
    "Correct the spelling; `archcalc explain AC130` and the JSON Schema list the keys.",
)
UNKNOWN_KIND = Code(
    "AC131",
    "unknown-kind",
    "error",
    "a layer that does not exist",
    "A step names a built-in layer or one of the spec's own blocks.",
    "input: [1, 32, 32]\nlayers:\n  - convolution: [6, 5]",
    "Correct the spelling, or define a block of that name under `blocks`.",
)
MISSING_FIELD = Code(
    "AC132",
    "missing-field",
    "error",
    "a required field is missing",
    "The layer or block cannot be built without this value.",
    "input: [3, 32, 32]\nlayers:\n  - conv: {kernel: 3}   # how many output channels?",
    "Add the field, or give the values in order: `conv: [6, 5]`.",
)
BAD_VALUE = Code(
    "AC133",
    "bad-value",
    "error",
    "a value that its field does not take",
    "Each field takes values of one kind: a positive whole number, one of a few words, true or false.",
    "input: [1, 32, 32]\nlayers:\n  - conv: {out: 6, kernel: 0}",
    "Use a value of the kind that the message names. Divisions must come out even where a whole number is needed.",
)
BAD_STEP = Code(
    "AC134",
    "bad-step",
    "error",
    "a step that is not a layer, a block or a group",
    "A step is a layer's name, a map with one layer and its step keys (`as from when trainable`), a group with `do` "
    "(and `for` or `repeat`), or `{from: path}`.",
    "input: [1, 32, 32]\nlayers:\n  - {conv: [6, 5], relu: }",
    "Write one layer per step.",
)
WRONG_STRUCTURE = Code(
    "AC135",
    "wrong-structure",
    "error",
    "a list, a map or a text where something else belongs",
    "The message says what belongs here.",
    "input: [1, 32, 32]\nlayers: conv",
    "Write the structure that the message names; README shows a complete spec.",
)
BAD_NAME = Code(
    "AC136",
    "bad-name",
    "error",
    "a name that cannot be used",
    "Names are letters, digits and underscores, with hyphens between them. Words of the language, Python's keywords "
    "and the attributes of torch.nn.Module are taken, because a name becomes an attribute of the exported module.",
    "input: [1, 32, 32]\nlayers:\n  - {conv: [6, 5], as: forward}",
    "Choose another name.",
)
UNKNOWN_SYMBOL = Code(
    "AC138",
    "unknown-symbol",
    "error",
    "a value for something that is neither a symbol nor a let",
    "`--set NAME=VALUE` and the `at` of a claim give values to the symbols of `input` and `at`, or override a `let`.",
    "input: [1, N, N]\nlayers:\n  - conv: [8, 1]\nexpect: {output: [8, 32, 32], at: {M: 32}}",
    "Use one of the names that the message lists.",
)
BAD_SHAPE = Code(
    "AC139",
    "bad-input",
    "error",
    "an input that is not a shape",
    "An input is a list of sizes without the batch, [channels, height, width], or a map from names to such lists. "
    "Sizes are positive whole numbers, symbols, or expressions of symbols.",
    "input: 224x224x3\nlayers: [relu]",
    "Write the channels first: `input: [3, 224, 224]`.",
)
BAD_CLAIM = Code(
    "AC140",
    "bad-claim",
    "error",
    "an expectation that cannot be read",
    "A claim names quantities (parameters, multiplications, buffers, bytes, layers, depth, output, receptive_field) "
    "and their values: an exact number, a published rounding such as 60M or ~1000x, or a range such as ..5M. It may "
    "add `of relative_to at source counting holds because`. Counts alone are `relative_to` something, and a value in "
    "% or x is a ratio, which has to say to what.",
    "input: [8]\nlayers: [linear: 10]\nexpect: {parameters: 90, acc: 0.9}",
    "Correct the key or the value.",
)
LOOP_LENGTHS = Code(
    "AC141",
    "loop-lengths-differ",
    "error",
    "lists of one loop that have different lengths",
    "`for` walks through its lists in step, so they must be equally long. A product of loops is written by nesting.",
    "input: [1, 32, 32]\nlayers:\n  - for: {width: [64, 128], depth: [2, 2, 3]}\n    do: [relu]",
    "Make the lists equally long.",
)
TOO_MANY_STEPS = Code(
    "AC142",
    "too-many-steps",
    "error",
    "loops that unfold to more steps than archcalc accepts",
    "Loops and blocks unfold to at most 250,000 steps and turns, and a file has at most so many steps. While sizes are "
    "symbols without values, as where legal sizes are decided, at most 10,000 layers may differ in what they read.",
    "input: [1, 32, 32]\nlayers:\n  - repeat: 1000000000\n    do: [relu]",
    "Check the number of iterations.",
)
RECURSION_TOO_DEEP = Code(
    "AC143",
    "recursion-too-deep",
    "error",
    "a block that calls itself without end",
    "Blocks may call themselves, as hourglass networks do, as long as a `when` ends it within 64 levels.",
    "blocks:\n  again(): [again]\ninput: [1, 32, 32]\nlayers: [again]",
    "Pass a counter and stop by `when: depth > 0`.",
)
BAD_CALL = Code(
    "AC144",
    "bad-call",
    "error",
    "arguments that do not fit the parameters",
    "A block or function is called with a value for each parameter that has no default: in order, or by name.",
    "blocks:\n  wide(width=64): [conv: [width, 3]]\ninput: [3, 32, 32]\nlayers:\n  - wide\n  - wide: [64, 128]",
    "Give as many values as there are parameters.",
)
SHADOWED_KIND = Code(
    "AC145",
    "shadowed-kind",
    "warning",
    "a block with the name of a layer",
    "A step looks for the spec's blocks first, so the built-in layer of this name is out of reach.",
    "blocks:\n  conv(out): [linear: out]\ninput: [8]\nlayers: [conv: 10]",
    "Rename the block, unless it is meant to replace the layer.",
)
UNUSED_BLOCK = Code(
    "AC146",
    "unused-block",
    "warning",
    "a block that no step calls",
    "The block is read and checked for its form, but the network does not contain it.",
    "blocks:\n  extra(): [relu]\ninput: [8]\nlayers: [tanh]",
    "Remove the block or call it.",
)
TOO_MANY_CALLS = Code(
    "AC147",
    "too-many-calls",
    "error",
    "an expression that takes too long",
    "Functions of `let` may be called 200,000 times in one check.",
    "let: {f(n): f(n - 1) + f(n - 1) if n > 0 else 1}\ninput: [3, 32, 32]\nlayers:\n  - conv: [f(30), 3]",
    "Write the value in closed form.",
)
BACKWARD_RANGE = Code(
    "AC148",
    "backward-range",
    "warning",
    "a loop over a range that counts down",
    "A range counts up; 4..1 is empty, so the loop turns no times. The empty range 1..0 is no mistake: it is 1..n for "
    "an n of 0.",
    "input: [8]\nlayers:\n  - linear: 10\n  - for: {i: 4..1}\n    do: [relu]",
    "A list counts down: `{i: [4, 3, 2, 1]}`, or a formula does: `5 - i`.",
)
UNUSED_NAME = Code(
    "AC149",
    "unused-name",
    "warning",
    "a name that nothing reads",
    "A key of `at` or `let` that neither a size of the input nor a step, a block, another let or an expectation names, "
    "or a parameter that its block or function does not name. It changes nothing, and is often a misspelt name.",
    "let: {width: 64, heigth: 32}\ninput: [8]\nlayers: [linear: width]",
    "Correct the spelling, read the name, or remove it.",
)
UNUSED_IGNORE = Code(
    "AC150",
    "unused-ignore",
    "warning",
    "an ignore that silences nothing",
    "`# archcalc: ignore[AC302]` at the end of a line, and the key `ignore` of a step or a spec, silence warnings "
    "there. Where there is no such warning any more, the next one of its kind would be silenced unseen.",
    "input: [64, 56, 56]\nlayers:\n  - conv: [128, 3, 1, 1]   # archcalc: ignore[AC302]",
    "Remove it, or write it at the line of the warning: the line of the layer, or of the call of its block.",
)
UNKNOWN_IGNORE = Code(
    "AC151",
    "unknown-ignore",
    "warning",
    "an ignore without a code that exists",
    "An ignore names the codes that it silences, in brackets and with commas between them: numbers such as AC302, or "
    "names such as unread-input.",
    "input: [1, 32, 32]\nlayers:\n  - conv: [6, 5]   # archcalc: ignore[AC999]",
    "Write the code that the warning shows: `# archcalc: ignore[AC302]`.",
)
NOT_IGNORABLE = Code(
    "AC152",
    "not-ignorable",
    "warning",
    "an ignore of an error or a note",
    "Only warnings can be silenced. An error stands for a network that cannot be as it is written, and a note for "
    "something that is no fault.",
    "input: [1, 32, 32]\nlayers:\n  - conv: [6, 5]   # archcalc: ignore[AC301]",
    "Remove it, and repair the error: `rounding: floor` declares fractions that are meant.",
)
AMBIGUOUS_NUMBER = Code(
    "AC153",
    "ambiguous-number",
    "error",
    "a number that may be an entry of a list or a name",
    "Behind a group that gives a list of maps, `g.1` is entry 1 of the list. A step within the group that is called 1 "
    "has the same path, so that the spec says two things.",
    "input: [8, 4, 4]\nlayers:\n  - do: [{relu, as: 1}, fork: [here, [{tanh, as: t}]]]\n    as: g\n"
    "  - {relu, from: g.1}",
    "Give the step within the group a name with letters.",
)
NORMALIZED_MAP = Code(
    "AC154",
    "normalized-map",
    "note",
    "a layer norm over all of a map",
    "Where the channels come first, `layer_norm` takes one mean over channels and positions together, as "
    "torch.nn.LayerNorm does for [C, H, W]. Its weights have the shape of the map, so that the network takes one size "
    "only. Most networks of images normalize the channels of each position.",
    "input: [96, 56, 56]\nlayers:\n  - layer_norm",
    "Write `layer_norm: channels` for the channels at each position; state `axes: 3` where all of the map is meant.",
    "torch.nn.LayerNorm",
)
MORE_FINDINGS = Code(
    "AC160",
    "more-findings",
    "note",
    "more findings than are listed",
    "The first 200 findings of a network are listed, errors before warnings before notes; the others are counted. They "
    "are alike, as a rule: what is wrong in a generated file is wrong in all of it.",
    "input: [8]\nlayers:\n  - linear: width1   # and 300 more layers that read a name which is missing",
    "Repair the first ones and check again.",
)
TOO_MANY_VALUES = Code(
    "AC161",
    "too-many-values",
    "error",
    "a file with more values than archcalc reads",
    "A list has at most 250,000 entries, and a file at most 1,500,000 keys and values. It is refused while it is read, "
    "before it takes memory. A list of steps that is too long is AC142.",
    "input: [8]\nlayers: [relu]\nexpect: [{layers: 1}, {layers: 1}]   # and 250,000 more",
    "Write what repeats with `for`, `repeat` and blocks; split a file that describes many networks.",
)
TOO_MANY_VARIANTS = Code(
    "AC162",
    "too-many-variants",
    "error",
    "a spec with more variants than archcalc reads",
    "Every variant is a network of its own, and a command that is given the file checks them all. There are at most "
    "1,000.",
    "input: [8]\nlayers: [linear: c]\nlet: {c: 4}\nvariants:\n  v1: {let: {c: 1}}   # and 1,000 more",
    "Give values by `--set`, ask `archcalc solve` for those that meet a condition, or split the file.",
)
AMBIGUOUS_X = Code(
    "AC155",
    "ambiguous-x",
    "error",
    "a name that is the map that arrives, and something else",
    "In the arithmetic of `elementwise`, `x` is the map that the step reads. A let, a symbol, a parameter or another "
    "map of this name leaves open which one is meant.",
    "input: [8, 4, 4]\nlet: {x: 2}\nlayers:\n  - elementwise: 0.5 * x",
    "Give the let, the parameter or the step another name.",
)
