"""What a step says that its layer reads, `linear: {in: 490, out: 10}`: a claim, held against what arrives."""

from __future__ import annotations

from archcalc.diagnostics.codes.language import BAD_VALUE
from archcalc.diagnostics.codes.shapes import LAYOUT_MISMATCH, RANK_MISMATCH, STATED_INPUT
from archcalc.diagnostics.model import Help, Replacement
from archcalc.dims import Condition, Dim, Polynomial
from archcalc.expand.placing import Report, placed
from archcalc.expand.scope import Context
from archcalc.expressions.values import UnknownValue, Value, described
from archcalc.graph import Node
from archcalc.layers.site import Site
from archcalc.spec.model import Argument, Formula, LayerStep, Mistake, mistake


def hold_stated(node: Node, step: LayerStep, context: Context, report: Report) -> None:
    """Report what is said to arrive and does not; what a symbol decides is one more condition of the layer.

    A layer that cannot read such a map at all says so itself. Reports: AC133, AC327
    """
    facts = node.facts or node.behind
    assert facts is not None and node.layer is not None, "something is known of what arrives"
    stated = step.stated or {}
    if any(finding.code in (LAYOUT_MISMATCH, RANK_MISMATCH) for finding in facts.findings):
        return
    site = Site()
    for name, argument in stated.items():
        try:
            _hold(site, node, name, argument, _amount(name, argument, argument.evaluate(context)))
        except Mistake as error:
            report(error.diagnostic, context.call, node.name)
        except UnknownValue:
            continue  # It was reported where it became unknown.
    for finding in site.findings:
        report(placed(finding, node.layer, stated, step.span), context.call, node.name)
    if site.requirements and node.facts is not None:
        node.facts = node.facts._replace(requirements=(*node.facts.requirements, *site.requirements))


def _hold(site: Site, node: Node, name: str, argument: Argument, stated: Dim) -> None:
    shape = node.inputs[0].outline
    assert shape is not None, "something is known of what arrives"
    what = "values" if len(shape.sizes) == 1 else "channels"
    site.require(
        Condition.equal(shape.channels, stated),
        STATED_INPUT,
        f"{shape.channels} {what} arrive, not {stated}",
        reason=lambda: f"{stated} {what} are said to arrive, which are {shape.channels}",
        field=name,
        notes=_made_of(node),
        help=(_other(name, argument, shape.channels),),
    )


def _other(name: str, argument: Argument, arriving: Dim) -> Help:
    """What arrives, in the place of a number; what a name stands for may be right elsewhere."""
    is_number = isinstance(argument, Formula) and not argument.tree.names() and isinstance(arriving, int)
    changes = [Replacement(argument.span, str(arriving))] if is_number else []
    return Help(f"write `{name}: {arriving}`, or leave it out", changes)


def _made_of(node: Node) -> tuple[str, ...]:
    """The map that a layer in front has written as a vector."""
    written, maker = node.inputs[0].outline, node.inputs[0].node
    read = maker.inputs[0].outline if maker is not None and maker.inputs else None
    if maker is None or read is None or written is None or len(read.sizes) == len(written.sizes):
        return ()
    return (f"{maker.kind} {maker.name} makes {written} of {read}",) if read.elements == written.elements else ()


def _amount(name: str, argument: Argument, value: Value) -> Dim:
    """A number of channels. Raises: Mistake."""
    if isinstance(value, Polynomial) or (isinstance(value, int) and not isinstance(value, bool) and value >= 1):
        return value
    raise mistake(BAD_VALUE, f"`{name}` is a positive whole number, not {described(value)}", argument.span)
