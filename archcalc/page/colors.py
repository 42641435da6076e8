"""The colours of a page as variables of CSS, from the palette of the pictures: light, and dark where a reader asks."""

from __future__ import annotations

from collections.abc import Iterator

from archcalc.draw.palette import DARK, LIGHT, Palette

_PAGE = {
    "light": {"panel": "#f5f6f8", "border": "#c5ccd6", "accent": "#b4400a", "chosen": "#fbe3d3", "skip": "#9a4f88"},
    "dark": {"panel": "#1b212a", "border": "#3d4756", "accent": "#ff9d5c", "chosen": "#4a2d18", "skip": "#d69bc8"},
}
_WORDS = {
    "light": {"good": "#15703a", "bad": "#b91c1c", "warning": "#8a5200"},
    "dark": {"good": "#4ade80", "bad": "#ff8f8f", "warning": "#f0b54a"},
}
"""What only a page has: its panels, what is chosen, and words that say how something stands."""


def colors() -> str:
    """Rules of CSS that declare all variables and use those of the families.

    >>> colors().splitlines()[0][:37]
    ':root { color-scheme: light dark; --b'
    """
    families = "\n".join(
        f".box.f-{name} rect {{ fill: var(--{name}); stroke: var(--{name}-edge); }}\n"
        f"#charts .f-{name} {{ fill: var(--{name}-edge); }}"
        for name in LIGHT.families
    )
    return (
        f":root {{ color-scheme: light dark; {_declared(LIGHT, 'light')} }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ {_declared(DARK, 'dark')} }} }}\n"
        # Paper is white.
        f"@media print {{ :root {{ color-scheme: light; {_declared(LIGHT, 'light')} }} }}\n"
        f"{families}\n"
    )


def _declared(palette: Palette, mode: str) -> str:
    return " ".join(f"--{name}: {value};" for name, value in _variables(palette, mode))


def _variables(palette: Palette, mode: str) -> Iterator[tuple[str, str]]:
    yield "background", palette.background
    yield "text", palette.text
    yield "small", palette.small_text
    yield "soft", palette.small_text
    yield "line", palette.line
    named = {**palette.families, "other": palette.other, "closed": palette.closed, "open": palette.open[0]}
    for name, color in named.items():
        yield name, color.fill
        yield f"{name}-edge", color.border
    yield from _PAGE[mode].items()
    yield from _WORDS[mode].items()
