"""AC4xx: counts and expectations."""

from __future__ import annotations

from archcalc.diagnostics.model import Code

CLAIM_FAILED = Code(
    "AC401",
    "expectation-failed",
    "error",
    "an expectation that does not hold",
    "The spec states a number under `expect`, and the network has another one. A plain integer must be met exactly; a "
    "suffix (60M, 112Ki, 18%, 10x) is a published rounding and accepts values that round or truncate to it; with a `~` "
    "in front (~1000x) zeros at the end only give the size, and the value must round to the digits before them; a "
    "range accepts its ends.",
    "input: [8]\nlayers:\n  - linear: 10\nexpect: {parameters: 100}",
    "Correct the network or the number. A published number that is known not to hold is written with "
    "`holds: false` and the reason under `because`.",
)
UNEXPECTED_AGREEMENT = Code(
    "AC402",
    "unexpected-agreement",
    "error",
    "an expectation that was declared not to hold, and holds",
    "`holds: false` marks a published number that the architecture does not reproduce. When it suddenly does, the "
    "network or the reason has changed, and somebody should look.",
    "input: [8]\nlayers:\n  - linear: 10\nexpect: {parameters: 90, holds: false}",
    "Remove `holds: false`, or find out what changed.",
)
CLAIM_UNDECIDED = Code(
    "AC403",
    "undecided-expectation",
    "warning",
    "an expectation that depends on a symbol",
    "The quantity is a formula in symbols that have no value here, so the claim can be neither confirmed nor refuted.",
    "input: [1, N, N]\nlayers:\n  - conv: [8, 1]\nexpect: {multiplications: 8192}",
    "Give the symbol a value: `at` in the spec or in the claim, or `--set` on the command line.",
)
UNKNOWN_TARGET = Code(
    "AC404",
    "unknown-target",
    "error",
    "an expectation about a layer that does not exist",
    "`of` and `relative_to` name layers and scopes (a group with `as`, or a block call), one or a list of them. In a "
    "pattern `*` stands for any characters, also for dots, and `?` for one.",
    "input: [8]\nlayers:\n  - {linear: 10, as: fc}\nexpect: {of: fc2, parameters: 90}",
    'Use the name as the table shows it, such as layer1.0.conv2, or a pattern such as "*.conv2".',
)
CLAIM_EXPLAINED = Code(
    "AC405",
    "explained-disagreement",
    "note",
    "a published number that is known not to hold",
    "The claim says `holds: false`, and indeed it does not: the number is shown with its source and its reason.",
    "input: [8]\nlayers:\n  - linear: 10\nexpect: {parameters: 80, holds: false, because: without the bias}",
    "Nothing.",
)
CLAIM_NOT_JUDGED = Code(
    "AC406",
    "expectation-not-judged",
    "error",
    "an expectation about sizes at which the network has errors",
    "The claim says by `at`, or the spec by its `at`, for which sizes it is meant. At these sizes the network does not "
    "come out, so the claim can be neither confirmed nor refuted.",
    "input: [1, N, N]\nat: {N: 32}\nlayers:\n  - max_pool: 2\nexpect: {at: {N: 31}, output: [1, 15, 15]}",
    "Correct the sizes of the claim, or the network.",
)
NOTHING_TO_COMPARE = Code(
    "AC407",
    "nothing-to-compare",
    "error",
    "a ratio to nothing",
    "`relative_to` divides by what it names. Here that is zero, or a number below zero, so that there is no ratio.",
    "input: [8]\nlayers:\n  - {linear: 10, as: fc}\n  - {relu, as: act}\n"
    "expect: {parameters: 2x, of: fc, relative_to: act}",
    "Name layers that have what the claim counts, or a positive number.",
)
NO_RECEPTIVE_FIELD = Code(
    "AC408",
    "no-receptive-field",
    "error",
    "a receptive field of a map that has none",
    "A receptive field says how many rows and columns of the input one position of a map sees. It grows with every "
    "window and with every stride in front. Behind a layer that mixes all positions, or puts them in another order "
    "(flatten, a global or adaptive pool, attention, a norm over positions), no such number exists.",
    "input: [1, 8, 8]\nlayers:\n  - {conv: [4, 3], as: conv1}\n  - flatten\nexpect: {receptive_field: 3}",
    "Claim it of a layer in front, such as `of: conv1`.",
)
NO_SUCH_SIZE = Code(
    "AC409",
    "no-such-size",
    "error",
    "a size of an axis that a map does not have",
    "`height` and `width` are sizes of a picture [C, H, W], `length` of a sequence or signal, `depth_axis` of a volume "
    "[C, D, H, W], and `size` is all of them. A vector has channels only.",
    "input: [8]\nlayers:\n  - linear: 10\nexpect: {height: 10}",
    "Claim an axis that the map has, or its whole shape: `output: [10]`.",
)
TOO_MANY_CLAIMS = Code(
    "AC413",
    "too-many-claims",
    "error",
    "more expectations than archcalc judges",
    "A network has at most 10,000 expectations.",
    "input: [8]\nlayers: [relu]\nexpect:\n  - {layers: 1}   # and 10,000 more",
    "Expect one number of several layers: `of` takes patterns, such as `of: layer1.*`.",
)
CLAIMS_TOO_DEAR = Code(
    "AC414",
    "claims-too-dear",
    "error",
    "expectations that take too long to judge",
    "An expectation looks at every layer that it may be about, and one with sizes of its own (`at`) unfolds the "
    "network for them. All expectations of a network together may look at as many layers as a check of the largest "
    "network does; those that are left are not judged.",
    "input: [1, N]\nat: {N: 8}\nlayers: [{repeat: 20000, do: [relu]}]\nexpect:\n"
    "  - {at: {N: 9}, layers: 20000}\n  - {at: {N: 10}, layers: 20000}\n  - {at: {N: 11}, layers: 20000}",
    "Name layers instead of patterns, and put expectations at the same sizes behind each other.",
)
