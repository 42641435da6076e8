"""The columns of a table of layers: what each says of a layer, of a scope, and of the whole network."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.checking import Checked, KnownSizes, Sizes
from archcalc.diagnostics import closest
from archcalc.dims import Dim
from archcalc.expectations.measure import total
from archcalc.graph import Node
from archcalc.layers.shape import Shape, factor
from archcalc.quantities import QUANTITIES, convention_named
from archcalc.quantities import SYNONYMS as QUANTITY_SYNONYMS
from archcalc.report.receptive import Seen, axes, field_cells
from archcalc.report.tree import Branch
from archcalc.tally import is_known, tally_known

if TYPE_CHECKING:
    from archcalc.conventions import Convention


class Aside(NamedTuple):
    """A count that its column does not add up: of parameters, those that are frozen."""

    value: Dim


Cell = Dim | Sizes | Aside | str | None
"""What stands in a cell: a count, sizes, or words; nothing is "", and None is what an error keeps unknown."""


class Column(NamedTuple):
    """A column: its heading, its heading where there is little room, and what it says.

    `of_branch` says it of a row, `of_nodes` of layers together; a column that has neither is filled by the table. What
    adds up has a total, which is also what it says of a scope that is shown in one row.
    """

    name: str
    brief: str
    holds_numbers: bool = False
    of_branch: Callable[[Branch], Cell] | None = None
    of_nodes: Callable[[Sequence[Node]], Cell] | None = None
    of_field: Callable[[Seen], str] | None = None
    title: str = ""
    """Its heading, where that is not its name in words."""
    about: str = ""
    """What it shows, where its name is none of a quantity."""

    @property
    def heading(self) -> str:
        """What stands over it."""
        return self.title or self.name.replace("_", " ")

    @property
    def meaning(self) -> str:
        """What it shows, in words."""
        return self.about or QUANTITIES[self.name].meaning


class NoColumn(ValueError):
    """A name that is none of a column; it says which there are."""


def shape_text(sizes: KnownSizes | None) -> str:
    """Sizes as a table shows them, such as `6×28×28`, with `?` for what an error keeps unknown."""
    return "?" if sizes is None else "×".join("?" if size is None else factor(size) for size in sizes)


def _entry(branch: Branch) -> Cell:
    """What enters: of several maps one text. A row that stands for neighbours has what enters the first."""
    if len(branch.entry) == 1:
        return _sizes(branch.entry[0])
    return ", ".join(dict.fromkeys(shape_text(_sizes(shape)) for shape in branch.entry))


def _sizes(shape: Shape | None) -> Sizes | None:
    return shape.sizes if shape is not None else None


def _parameters(nodes: Sequence[Node]) -> Cell:
    totals = tally_known(nodes)
    if totals.frozen is None or totals.frozen == 0 or totals.parameters != 0:
        return totals.parameters
    return Aside(totals.frozen)


def _sum(quantity: str) -> Callable[[Sequence[Node]], Cell]:
    """A quantity that adds up, as claims and questions count it."""

    def said(nodes: Sequence[Node]) -> Cell:
        # Behind an error, counts are known of themselves and not by what they add up to.
        return total(quantity, nodes) if all(map(is_known, nodes)) else getattr(tally_known(nodes), quantity, None)

    return said


def _of_windows(name: str) -> Callable[[Branch], Cell]:
    """What the windows of layers are in one respect; rows without windows say nothing."""

    def said(branch: Branch) -> Cell:
        if branch.node is None:
            return ""
        return ", ".join(dict.fromkeys(text for node in branch.nodes if (text := _window_text(node, name))))

    return said


def _window_text(node: Node, name: str) -> str:
    windows = node.layer.windows() if node.layer is not None else None
    value = getattr(windows, name, None)
    return "" if value is None else per_axis(value)


def per_axis(value: Any) -> str:
    """A field of a window: one text where all axes have the same, the two sides of a padding where they differ.

    >>> per_axis(3), per_axis((3, 3)), per_axis((1, 7)), per_axis(((0, 1), (0, 1))), per_axis("same")
    ('3', '3', '1×7', '0+1', 'same')
    """
    if not isinstance(value, tuple):
        return str(value)
    return axes(_sides(axis) for axis in value)


def _sides(value: Any) -> str:
    if not isinstance(value, tuple):
        return factor(value)
    return factor(value[0]) if len(set(value)) == 1 else "+".join(map(factor, value))


def _of_field(index: int) -> Callable[[Seen], str]:
    return lambda seen: field_cells(seen)[index]


LAYER = Column("layer", "layer", about="the name of the layer, or of the scope around it")
KIND = Column("kind", "kind", about="the kind of the layer, or the block that is called")
INPUT = Column("input", "input", of_branch=_entry, about="the shapes that enter")
OUTPUT = Column("output", "output")
KERNEL = Column(
    "kernel", "kernel", of_branch=_of_windows("kernel"), about="the size of the window; `1×7` where it differs by axis"
)
STRIDE = Column("stride", "stride", of_branch=_of_windows("stride"), about="the steps of the window")
PADDING = Column(
    "padding",
    "padding",
    of_branch=_of_windows("padding"),
    about="what is put around the map; `0+1` where its sides differ",
)
DILATION = Column(
    "dilation",
    "dilation",
    of_branch=_of_windows("dilation"),
    about="the distance between the positions that a window reads",
)
FIELD = Column("receptive_field", "field", True, of_field=_of_field(0), title="field")
JUMP = Column("jump", "jump", True, of_field=_of_field(1), about="positions of the input between what neighbours see")
CENTRE = Column(
    "centre",
    "centre",
    True,
    of_field=_of_field(2),
    about="the middle of what the first position sees, 0 for the first of the input",
)
PARAMETERS = Column("parameters", "params", True, of_nodes=_parameters)
FROZEN = Column(
    "frozen",
    "frozen",
    True,
    of_nodes=lambda nodes: tally_known(nodes).frozen,
    about="parameters that `trainable: false` freezes",
)
BUFFERS = Column("buffers", "buffers", True, of_nodes=_sum("buffers"))
MULTIPLICATIONS = Column("multiplications", "mults", True, of_nodes=_sum("multiplications"))
STATED = Column(
    "stated_multiplications", "stated", True, of_nodes=_sum("stated_multiplications"), title="stated multiplications"
)
FLOPS = Column("flops", "flops", True, of_nodes=_sum("flops"))
ACTIVATIONS = Column("activations", "activations", True, of_nodes=_sum("activations"))
MEMORY = Column("memory", "memory", True, of_nodes=_sum("memory"), title="memory in bytes")

COLUMNS = {
    column.name: column
    for column in (
        LAYER,
        KIND,
        INPUT,
        OUTPUT,
        KERNEL,
        STRIDE,
        PADDING,
        DILATION,
        FIELD,
        JUMP,
        CENTRE,
        PARAMETERS,
        FROZEN,
        BUFFERS,
        MULTIPLICATIONS,
        STATED,
        FLOPS,
        ACTIVATIONS,
        MEMORY,
    )
}
"""All columns by name: what `--columns` takes."""

SYNONYMS = {
    **{name: quantity for name, quantity in QUANTITY_SYNONYMS.items() if quantity in COLUMNS},
    "name": "layer",
    "type": "kind",
    "shape": "output",
    "size": "output",
    "mults": "multiplications",
    "field": "receptive_field",
    "filter": "kernel",
    "strides": "stride",
    "bytes": "memory",
    "weights": "parameters",
}
"""What columns are called elsewhere."""

DEFAULT = (LAYER, KIND, OUTPUT, PARAMETERS, MULTIPLICATIONS)
WITH_FIELDS = (LAYER, KIND, OUTPUT, FIELD, JUMP, CENTRE, PARAMETERS, MULTIPLICATIONS)


def chosen(names: Iterable[str]) -> tuple[Column, ...]:
    """Columns by name, in the order of the names; in front stands the layer, unless it is named elsewhere.

    Raises: NoColumn.

    >>> [column.name for column in chosen(["kernel", "parameters"])]
    ['layer', 'kernel', 'parameters']
    """
    names = list(dict.fromkeys(names))
    return tuple(named(name) for name in (names if "layer" in names else ["layer", *names]))


def named(name: str) -> Column:
    """The column of a name: one of the table, or the operations as a convention counts them. Raises: NoColumn.

    >>> named("fvcore").heading, named("kernel").heading
    ('fvcore-0.1.5', 'kernel')
    """
    if name in COLUMNS:
        return COLUMNS[name]
    if convention_named(name) is not None:
        return by_convention(name)
    near = SYNONYMS.get(name.lower()) or closest(name, COLUMNS)
    hint = f"did you mean `{near}`?" if near else f"there are {', '.join(COLUMNS)}, and the names of conventions"
    raise NoColumn(f"there is no column `{name}`; {hint}")


def by_convention(name: str) -> Column:
    """The operations as a convention counts them, which has a name, or is a file. Raises: NoConvention, OSError."""
    if name in COLUMNS and convention_named(name) is not None:
        return COLUMNS[name]
    from archcalc.conventions import find

    return _by_convention(find(name), name)


def _by_convention(convention: Convention, name: str) -> Column:
    def said(nodes: Sequence[Node]) -> Cell:
        from archcalc.conventions import total

        return total(convention, nodes) if all(map(is_known, nodes)) else None

    # A file is found again by its path, a convention of archcalc's own by its name.
    return Column(
        convention.name if convention_named(name) else name,
        convention.name,
        True,
        of_nodes=said,
        title=convention.name,
        about=f"operations as {convention.title} counts them",
    )


def of_networks(columns: Sequence[Column]) -> tuple[Column, ...]:
    """The columns that say something of a whole network. Raises: NoColumn for one that somebody has chosen in vain."""
    is_usual = any(tuple(columns[: len(usual)]) == usual for usual in (DEFAULT, WITH_FIELDS))
    for column in () if is_usual else columns:
        if column.of_nodes is None and column is not LAYER:
            able = ", ".join(name for name, one in COLUMNS.items() if one.of_nodes)
            raise NoColumn(f"`{column.name}` says nothing of a whole network, and these are several; there are {able}")
    return tuple([column for column in columns if column.of_nodes is not None])


def counted(column: Column, nodes: Sequence[Node]) -> Cell:
    """What a column says of some layers together: None where an error keeps it unknown, nothing where nothing adds up.

    >>> import archcalc
    >>> nodes = archcalc.load("input: [5]\\nlayers: [linear: 2]").check().graph.nodes
    >>> counted(named("torchinfo"), nodes), counted(named("kernel"), nodes)
    (12, '')
    """
    return column.of_nodes(nodes) if column.of_nodes is not None else ""


def totals(report: Checked, column: Column) -> Cell:
    """What a column says of a whole network: None where an error keeps it unknown, nothing where nothing adds up."""
    if column.of_nodes is None:
        return ""
    return counted(column, report.graph.nodes) if report.complete else None
