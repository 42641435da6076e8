"""Random edits of a text, as a person makes them and as a cat on the keyboard does."""

from __future__ import annotations

from random import Random

_TYPED = [
    *"0123456789abcNHW{}[],:'\"#-. \n$",
    "\n  - relu",
    "kernel: ",
    " when: N > 3",
    "\t",
    "é",
    "𝒩",
    "\r",
    "&a",
    "*a",
]


def edited(text: str, random: Random) -> str:
    """The text with one edit: typed, deleted, replaced, a line doubled, moved, cut or commented out."""
    at = random.randrange(len(text) + 1)
    lines = text.split("\n")
    line = random.randrange(len(lines))
    match random.randrange(8):
        case 0 | 1 | 2:
            return text[:at] + random.choice(_TYPED) + text[at:]
        case 3:
            return text[:at] + text[at + random.randrange(1, 4) :]
        case 4:
            lines.insert(line, lines[line])
        case 5:
            del lines[line]
        case 6:
            lines.insert(random.randrange(len(lines)), lines.pop(line))
        case _:
            lines[line] = f"# {lines[line]}"
    return "\n".join(lines)
