"""Write everything that is generated: `python tests/regenerate.py`; with `--check`, only say what is old.

Expected texts are not generated but reviewed: `python -m pytest --update` rewrites those that a change alters, and
`ARCHCALC_UPDATE=1 python -m pytest tests/notebooks` the outputs of the worksheets. Read the difference.
"""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path

# The package of this checkout is described, whichever is installed.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from documentation import gallery, reference
from repository import architecture_page, font_widths, json_schemas, manual_page
from repository.generated import Generated, GeneratedFile, Section, is_current, renew

from archcalc.layers import index
from archcalc.spec import schema

GENERATED: list[Generated] = [
    GeneratedFile("archcalc/layers/known.py", index.text),
    GeneratedFile("archcalc/schema.json", schema.text),
    *[
        GeneratedFile(f"archcalc/schemas/{command}.json", partial(json_schemas.text, command))
        for command in json_schemas.ENTRIES
    ],
    GeneratedFile("archcalc/scene/widths.py", font_widths.text),
    GeneratedFile("man/archcalc.1", manual_page.text),
    GeneratedFile("docs/reference/layers.md", reference.layers),
    GeneratedFile("docs/reference/codes.md", reference.codes),
    GeneratedFile("docs/reference/commands.md", reference.commands),
    GeneratedFile("docs/reference/python.md", reference.python),
    GeneratedFile("docs/reference/catalogue.md", reference.catalogue),
    GeneratedFile("docs/reference/gallery.md", gallery.page),
    *[GeneratedFile(name, partial(gallery.svg, network)) for name, network in gallery.pictures().items()],
    Section("docs/language/claims.md", "quantities", reference.quantities),
    Section("docs/language/claims.md", "countings", reference.countings),
    Section("docs/guides/tables.md", "columns", reference.columns),
    Section("docs/guides/roofline.md", "hardware", reference.hardware),
    Section("ARCHITECTURE.md", "rooms", architecture_page.rooms),
]


def main(arguments: list[str] | None = None) -> int:
    """Renew or compare; returns 1 if something was old and `--check` left it so."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing, and fail if something is old")
    if parser.parse_args(arguments).check:
        old = [one.name for one in GENERATED if not is_current(one)]
        print("\n".join([f"old: {name}" for name in old] or ["everything is current"]))
        return 1 if old else 0
    changed = [one.name for one in GENERATED if renew(one)]
    print("\n".join([f"renewed: {name}" for name in changed] or ["everything was current"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
