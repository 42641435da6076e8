"""AC6xx: the table `[tool.archcalc]` of a pyproject.toml, and what it asks of specs."""

from __future__ import annotations

from archcalc.diagnostics.model import Code

TOML_SYNTAX = Code(
    "AC601",
    "toml-syntax",
    "error",
    "a pyproject.toml that is not TOML",
    "archcalc looks for the table `[tool.archcalc]` in the pyproject.toml of the folder of a spec and of the folders "
    "above it. This one names archcalc and cannot be read, so that nobody knows what it asks for.",
    "[tool.archcalc]\nspecs = [networks/*.yaml]   # text stands in quotes",
    "Correct the line that is shown. `--isolated` checks without any configuration.",
)
UNKNOWN_SETTING = Code(
    "AC602",
    "unknown-setting",
    "error",
    "a key that the configuration does not have",
    "The table `[tool.archcalc]` has a few keys, and a key that is not among them would be without effect.",
    '[tool.archcalc]\nexcludes = ["drafts"]   # exclude',
    "Correct the spelling; the message lists the keys.",
)
WRONG_SETTING = Code(
    "AC603",
    "wrong-setting",
    "error",
    "a value that a key of the configuration cannot have",
    "Each key of `[tool.archcalc]` takes values of one form: patterns and codes are lists of texts, a budget is a "
    "table of quantities.",
    "[tool.archcalc]\nspecs = true",
    "Write what the help shows.",
)
UNKNOWN_RULE = Code(
    "AC604",
    "unknown-rule",
    "error",
    "a code to select or to ignore that there is not",
    "`select`, `ignore`, `warn-as-error` and `per-file-ignores` take codes (AC302), their names (unread-input) and "
    "beginnings of codes (AC3). No code is called or begins like this one.",
    '[tool.archcalc]\nignore = ["AC999"]',
    "Write the code that the warning shows; `archcalc explain` lists all.",
)
NOT_A_RULE = Code(
    "AC605",
    "error-as-rule",
    "error",
    "an error that is selected or ignored",
    "Errors are always told and always fail: a network that cannot be is none, whatever a project prefers. Warnings "
    "and notes can be selected and ignored.",
    '[tool.archcalc]\nignore = ["AC301"]',
    "Remove it, and repair the network. A file that is meant to be wrong is left out by `exclude`.",
)
NOTHING_FITS = Code(
    "AC606",
    "pattern-without-specs",
    "warning",
    "a pattern that fits no spec of the project",
    "A pattern of the configuration was compared with all specs that it names, and fits none. A folder may have been "
    "renamed: then its specs are not checked, or not held to a budget, any more.",
    '[tool.archcalc]\nspecs = ["netwroks/*.yaml"]',
    "Correct the pattern, or remove it. `*` fits within a name, `**` any folders; a pattern with a slash begins at the "
    "folder of pyproject.toml.",
)
OVER_BUDGET = Code(
    "AC607",
    "over-budget",
    "error",
    "a network that does not keep a budget of its project",
    "A budget under `[tool.archcalc]` is a claim about every spec of a project, or about those that a pattern fits, in "
    "the words of `expect`. This network has another number.",
    '[[tool.archcalc.budgets]]\nspecs = "mobile/*.yaml"\nparameters = "<= 5M"',
    "Change the network or the budget; the note says where it stands.",
)
