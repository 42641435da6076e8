"""Codes AC101 to AC118: what can be wrong with a specification as a text, before any word of it is understood."""

from __future__ import annotations

from archcalc.diagnostics.model import Code

NOT_TEXT = Code(
    "AC101",
    "not-text",
    "error",
    "the file is not text",
    "The file holds bytes that occur in no text, such as zero bytes. It is most likely an image, an archive, a saved"
    " model, or text in UTF-16 without a byte order mark.",
    "archcalc check weights.pt",
    "Give the YAML or JSON file that describes the network. If an editor wrote it in another encoding, save it as"
    " UTF-8.",
)

NOT_UTF8 = Code(
    "AC102",
    "not-utf8",
    "error",
    "a byte is not UTF-8",
    "Specifications are read as UTF-8 (or as UTF-16 with a byte order mark). At the position shown a byte begins that"
    " is no UTF-8, usually an accented letter saved in an older encoding such as Windows-1252.",
    "name: Caf\\xe9Net        # \\xe9 is one byte in Windows-1252, and not UTF-8",
    "Save the file as UTF-8; every editor can.",
)

FILE_TOO_LARGE = Code(
    "AC103",
    "file-too-large",
    "error",
    "the file is larger than 16 MiB",
    "No network is described by hand in so many bytes, so the file is refused before it takes the memory of the"
    " machine.",
    "layers:\n  - conv: {out: 64, kernel: 3}\n  - conv: {out: 64, kernel: 3}    # ... and half a million more",
    "Write what repeats once, as a block or with `repeat`: {do: [...], repeat: 500}. If the file was generated,"
    " let the generator write blocks too.",
)

INVISIBLE_CHARACTER = Code(
    "AC104",
    "invisible-character",
    "error",
    "a control character or an invisible line end stands in the text",
    "Control characters, unusual line separators (U+0085, U+2028, U+2029) and halves of surrogate pairs cannot be"
    " seen, and programs disagree on what they mean; some count them as line ends. They come into a file by copying"
    " from a web page or a PDF.",
    "name: Tiny\\x08Net        # a backspace between the two words",
    'Delete the character, or write it as an escape in double quotes ("\\u2028").',
)

YAML_SYNTAX = Code(
    "AC105",
    "yaml-syntax",
    "error",
    "the text is not YAML",
    "The file cannot be read past this point: a bracket or a quote is not closed, a `:` is missing, or the"
    " indentation changes where it must not. The message says what was expected, and a second label shows where the"
    " unfinished part began.",
    "layers:\n  - conv: {out: 8, kernel: 3\n  - relu",
    "Close what the label shows, begin the keys of one map in one column, and quote text that begins with one of"
    " the characters YAML keeps for itself: @ ` % & * ! | > { [ ' \" #",
)

TAB_INDENTATION = Code(
    "AC106",
    "tab-indentation",
    "error",
    "a tab stands where YAML wants spaces",
    "YAML shows by indentation what belongs to what, and a tab has no agreed width, so tabs are not allowed there.",
    "layers:\n\t- relu",
    "Replace the tabs by spaces, two for each level, and set the editor to insert spaces in YAML files.",
)

ANCHOR_OR_ALIAS = Code(
    "AC107",
    "anchor-or-alias",
    "error",
    "YAML anchors and aliases are not part of the language",
    "`&name` marks a value and `*name` repeats it. A few lines of them can stand for billions of values, and JSON has"
    " nothing like them. The language has its own ways to write a thing once: `let` for values, `blocks` for steps,"
    " `use` for a layer that is shared with its parameters.",
    "layers:\n  - conv: &c {out: 64, kernel: 3}\n  - conv: *c",
    "Name the value under `let`, or the steps under `blocks`, and write the name where it is needed. If the text is"
    " meant to begin with & or *, put it in quotes.",
)

MERGE_KEY = Code(
    "AC108",
    "merge-key",
    "error",
    "the YAML merge key `<<` is not part of the language",
    "`<<` copies the entries of another map into this one. It lives on anchors, and was dropped from YAML itself.",
    "layers:\n  - conv: {<<: {out: 64, padding: 1}, kernel: 3}",
    "Write a block with parameters, blocks: {conv3(out): [{conv: {out: out, kernel: 3}}]}, and call it: {conv3: 64}.",
)

YAML_TAG = Code(
    "AC109",
    "yaml-tag",
    "error",
    "YAML tags are not part of the language",
    "A word that begins with `!` is a tag: it names the type that a YAML program has to build, in some programs even "
    "a Python class. Here the field decides the type of its value, so there is nothing for a tag to say.",
    "input: [3, 32, 32]\nlayers:\n  - conv: {out: !!int 8, kernel: 3}",
    "Leave the tag out. Negation is written `not x` and `a != b`; a text that begins with ! needs quotes.",
)

DUPLICATE_KEY = Code(
    "AC110",
    "duplicate-key",
    "error",
    "a key stands twice in one map",
    "Most programs keep the last value silently and drop the first, so that half of what was written has no effect."
    ' Quotes make no difference: "out" and out are the same key.',
    "input: [3, 32, 32]\nlayers:\n  - conv: {out: 8, kernel: 3, out: 16}",
    "Delete one of the two, or rename it.",
)

SEVERAL_DOCUMENTS = Code(
    "AC111",
    "several-documents",
    "error",
    "the file holds several YAML documents",
    "A line `---` begins another document in the same file. A specification is one document.",
    "name: first\n---\nname: second",
    "Delete the `---`, or split the file. Networks that differ in a few values are `variants` of one specification.",
)

COMPLEX_KEY = Code(
    "AC112",
    "complex-key",
    "error",
    "a map or a list is used as a key",
    "Keys are names and expressions, hence text. Doubled braces as in {{c}} are read as a map whose key is a map.",
    "layers:\n  - conv: {out: {{c}}, kernel: 3}",
    "Write the name without braces: {out: c}. Every value can be an expression.",
)

NESTING_TOO_DEEP = Code(
    "AC113",
    "nesting-too-deep",
    "error",
    "maps and lists are nested more than 64 deep",
    "No specification needs that, and a file of nothing but opening brackets must not take the memory of the machine.",
    "layers: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[...",
    "Name inner parts under `blocks` and call them; write repetition with `for` or `repeat`.",
)

EMPTY_FILE = Code(
    "AC114",
    "empty-file",
    "error",
    "the file is empty",
    "There is nothing in the file, or only comments.",
    "# name: LeNet-5\n# layers: ...",
    "A network needs at least an input and layers:\n  input: [1, 32, 32]\n  layers: [flatten, {linear: 10}]",
)

FLOW_CUTS_EXPRESSION = Code(
    "AC115",
    "flow-cuts-expression",
    "error",
    "an expression inside { } or [ ] is cut at its comma or bracket",
    "Inside braces and brackets YAML ends a value at every comma and at every bracket, whatever the expression means:"
    ' {out: max(1, c)} is a map with the keys `out`, which is "max(1", and `c)`, which is empty. The parts are'
    " never put together again silently.",
    "layers:\n  - conv: {out: max(1, c), kernel: 3}",
    'Put the expression in quotes, {out: "max(1, c)", kernel: 3}, or give each field a line of its own:\n'
    "  - conv:\n      out: max(1, c)\n      kernel: 3",
)

JSON_SYNTAX = Code(
    "AC116",
    "json-syntax",
    "error",
    "the text is not JSON",
    "The file ends in .json and is read strictly as JSON: names and text in double quotes, a comma between two"
    " entries and none after the last, no comments.",
    '{"name": "tiny", "layers": ["relu",]}',
    "Repair the place shown, or rename the file to .yaml: YAML allows comments and text without quotes.",
)

JSON_NOT_A_NUMBER = Code(
    "AC117",
    "json-not-a-number",
    "error",
    "NaN and Infinity are not JSON",
    "Many programs write NaN and Infinity into JSON although the standard has no such values. No size, count or"
    " expectation can be one of them.",
    '{"let": {"momentum": NaN}}',
    "Write the number that is meant, or leave the entry out.",
)

BLOCK_TEXT_BY_ACCIDENT = Code(
    "AC118",
    "block-text-by-accident",
    "error",
    "a value that begins with > or | starts a block of text",
    "At the beginning of a value YAML reads > and | as the sign that a text follows on the next lines, so that `>= 40M`"
    " is no comparison. Ranges are written as in loops, with both ends included.",
    "expect:\n  parameters: >= 40M",
    "Write 40M.. for at least, ..61M for at most, 40M..61M for between. Any other text that begins with > or | needs"
    " quotes.",
)
