"""The closed forms of a network, a scope or a layer: its output sizes and what it costs, in its symbols."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from html import escape
from typing import TYPE_CHECKING, NamedTuple

from archcalc.closed_forms import ClosedForm
from archcalc.derivations.latex import escaped
from archcalc.derivations.mathml import MATHML, math
from archcalc.derivations.trees import of_value
from archcalc.dims import Number, Polynomial, symbol
from archcalc.dims.bridge import latex
from archcalc.dims.polynomial import atom_polynomial
from archcalc.graph import Graph, Map, Module, Node
from archcalc.layers.shape import factor
from archcalc.report.abbreviations import Abbreviations
from archcalc.tally import activations, is_stated, tally

if TYPE_CHECKING:
    from archcalc.sizes.legal import LegalSizes
    from archcalc.sizes.sets import IntegerSet


Sizes = tuple[ClosedForm, ...]

_STATED = "stated_multiplications"
_COUNTS = ("parameters", "frozen", "buffers", "multiplications", _STATED, "activations")
_RARE = ("frozen", "buffers", _STATED)
"""Counts that are listed only where they are not 0."""


class ClosedForms(NamedTuple):
    """What a network, a scope or a layer writes and costs, for one input, whatever its symbols stand for.

    Of its multiplications, `opaque` steps state the stated ones, which nobody has computed.

    `parameters` are trainable; frozen ones and buffers stand apart. `activations` are the numbers that its layers
    write: the elements of the outputs of all but views. Sizes leave out the batch. What an error keeps unknown is None.

    >>> import archcalc
    >>> forms = archcalc.load("input: [1, N, N]\\nlayers: [conv: [6, 5], avg_pool: 2]").check().closed_forms()
    >>> print(forms)
    parameters       156
    multiplications  150*N**2 - 1200*N + 2400
    activations      (15*N**2 - 120*N + 240)/2
    output           6×((N - 4)/2)×((N - 4)/2)
    """

    name: str
    parameters: ClosedForm | None
    frozen: ClosedForm | None
    buffers: ClosedForm | None
    multiplications: ClosedForm | None
    stated_multiplications: ClosedForm | None
    activations: ClosedForm | None
    output_sizes: dict[str, Sizes | None]

    def on(self, sizes: LegalSizes | Mapping[str, IntegerSet] | None = None, /, **more: IntegerSet) -> ClosedForms:
        """The forms on a set of sizes, as `ClosedForm.on` makes them."""

        def simpler(form: ClosedForm | None) -> ClosedForm | None:
            return form and form.on(sizes, **more)

        return ClosedForms(
            self.name,
            simpler(self.parameters),
            simpler(self.frozen),
            simpler(self.buffers),
            simpler(self.multiplications),
            simpler(self.stated_multiplications),
            simpler(self.activations),
            {
                name: shape and tuple([size.on(sizes, **more) for size in shape])
                for name, shape in self.output_sizes.items()
            },
        )

    def __hash__(self) -> int:
        return hash((*self[:-1], *self.output_sizes.items()))  # A map of sizes has no hash.

    def to_text(self) -> str:
        """A line for each form, in the language of specs."""
        rows = [(name, "?" if form is None else str(form)) for name, form in self._shown()]
        for name, shape in self.output_sizes.items():
            rows.append((name, "?" if shape is None else "×".join(map(_text, shape))))
        width = max(len(name) for name, _ in rows)
        return "\n".join(f"{name:<{width}}  {text}" for name, text in rows)

    def to_latex(self) -> str:
        r"""For a document with amsmath: an `align*` with a row for each known form, and letters for what is rounded.

        >>> import archcalc
        >>> spec = "input: [8, N]\nrounding: floor\nlayers: [max_pool: 2]"
        >>> print(archcalc.load(spec).check().closed_forms().to_latex())
        \begin{align*}
        \text{parameters} &= 0 \\
        \text{multiplications} &= 0 \\
        \text{activations} &= 8 \, a \\
        \text{output} &= 8 \times a \\
        a &= \left\lfloor\frac{N}{2}\right\rfloor
        \end{align*}
        """
        return self._aligned("align*")

    def _aligned(self, environment: str) -> str:
        rows = " \\\\\n".join(f"{left} &= {right}" for left, right in self._equations())
        return f"\\begin{{{environment}}}\n{rows}\n\\end{{{environment}}}"

    def _equations(self) -> Iterator[tuple[str, str]]:
        for name, values in self._abbreviated():
            sides = map(_latex_factor if len(values) > 1 else latex, values)
            yield rf"\text{{{escaped(name)}}}" if isinstance(name, str) else latex(name), r" \times ".join(sides)

    def _abbreviated(self) -> Iterator[tuple[str | Polynomial, list[Number]]]:
        """What is told and its values, with letters for what is rounded; then these letters."""
        counts = {name: (form,) for name, form in self._shown() if form is not None}
        shapes = {name: shape for name, shape in self.output_sizes.items() if shape is not None}
        listed = [*counts.items(), *shapes.items()]
        values = [form.value for _, forms in listed for form in forms]
        abbreviations = Abbreviations(value for value in values if isinstance(value, Polynomial))
        for name, forms in listed:
            yield (
                name,
                [
                    abbreviations.short(form.value) if isinstance(form.value, Polynomial) else form.value
                    for form in forms
                ],
            )
        for atom, letter in abbreviations.names.items():
            yield symbol(letter), [atom_polynomial(atom)]

    def _shown(self) -> Iterator[tuple[str, ClosedForm | None]]:
        for name in _COUNTS:
            form: ClosedForm | None = getattr(self, name)
            # Whether anything is stated is not known behind an error, and is nothing to tell there.
            is_rare = form == 0 or (form is None and name == _STATED)
            if name not in _RARE or not is_rare:
                yield name, form

    def _repr_html_(self) -> str:
        """For a notebook: the rows of `to_latex`, in MathML."""
        return "".join(f"<div>{_equation(name, values)}</div>" for name, values in self._abbreviated())

    def _repr_latex_(self) -> str:
        return f"$${self._aligned('aligned')}$$"

    def __str__(self) -> str:
        return self.to_text()


def of_network(graph: Graph) -> ClosedForms:
    """The closed forms of a whole network."""
    return _forms("", graph.nodes if graph.is_complete else None, graph.outputs)


def of_scope(graph: Graph, module: Module) -> ClosedForms:
    """The closed forms of a group, or of a block where it is called."""
    nodes = [node for node in graph.nodes if node.name.startswith(module.prefix)]
    return _forms(module.prefix.removesuffix("."), nodes, _named(_maps(module.output)))


def of_layer(node: Node) -> ClosedForms:
    """The closed forms of a layer."""
    return _forms(node.name, [node], _named(node.outputs))


def _forms(name: str, nodes: list[Node] | None, outputs: Mapping[str, Map]) -> ClosedForms:
    """The forms of layers, of which None are known if there is one that is not."""
    sizes = {label: output.shape and tuple(map(ClosedForm, output.shape.sizes)) for label, output in outputs.items()}
    if nodes is None or not all(node.facts is not None and node.facts.outputs is not None for node in nodes):
        return ClosedForms(name, None, None, None, None, None, None, sizes)
    totals = tally(nodes)
    return ClosedForms(
        name,
        ClosedForm(totals.parameters),
        ClosedForm(totals.frozen),
        ClosedForm(totals.buffers),
        ClosedForm(totals.multiplications),
        ClosedForm(tally(filter(is_stated, nodes)).multiplications),
        ClosedForm(activations(nodes)),
        sizes,
    )


def _equation(name: str | Polynomial, values: list[Number]) -> str:
    """A row in MathML: the name of a count and its form, the sizes of an output, or a letter and what it rounds."""
    sides = [of_value(value) for value in values]
    written = [MATHML.write(side) if len(sides) == 1 else MATHML.factor(side) for side in sides]
    left = f"<mtext>{escape(name)}</mtext>" if isinstance(name, str) else MATHML.number(name)
    return math(left, "<mo>×</mo>".join(written))


def _maps(value: object) -> Iterator[Map]:
    """The maps of what a scope writes: one, or a list of them in any depth."""
    if isinstance(value, Map):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from _maps(one)


def _named(maps: Iterable[Map]) -> dict[str, Map]:
    """Names as a network without declared outputs gives them to what it writes."""
    listed = list(maps)
    return {"output" if len(listed) == 1 else f"output.{index}": value for index, value in enumerate(listed)}


def _text(size: ClosedForm) -> str:
    """A size between the crosses of a shape. A fraction is no size, and is shown where it was asked for."""
    return f"({size})" if isinstance(size.value, Fraction) else factor(size.value)


def _latex_factor(value: Number) -> str:
    is_sum = isinstance(value, Polynomial) and len(value.terms) > 1 and value.denominator == 1
    return rf"\left({latex(value)}\right)" if is_sum else latex(value)
