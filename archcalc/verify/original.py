"""Whether a spec computes what the module computes from which it was read, or that it describes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from archcalc.diagnostics.model import errors
from archcalc.export.exporting import exported
from archcalc.expressions.values import Value
from archcalc.importing.pytorch import Read
from archcalc.importing.torch.comparison import Code, Comparison, Trial
from archcalc.importing.torch.inputs import Input
from archcalc.network import Settings
from archcalc.program import Program
from archcalc.source import SourceFile
from archcalc.verify.examples import integers_below


def of_import(read: Read, compare: Callable[[Code], Comparison]) -> Comparison:
    """The outputs of an imported spec beside those of its module, at the sizes at which that was read.

    `compare` runs the code beside the module. Raises: ImportFailure, if the module fails.
    """
    inputs = [read.traces.inputs, read.traces.other_inputs or []]
    program = Program.read(SourceFile("imported", read.found.text))
    renamed = {name: other for name, other in read.found.names.renamed.items() if other}
    return of_program(program, read, list(zip(read.found.sizes, inputs, strict=False)), compare, renamed)


def of_program(
    program: Program,
    read: Read,
    sizes: Sequence[tuple[Mapping[str, Value], Sequence[Input]]],
    compare: Callable[[Code], Comparison],
    renamed: Mapping[str, str] | None = None,
) -> Comparison:
    """The outputs of a spec beside those of a module at sizes: values of the symbols, and the inputs at them.

    `renamed` has the tensors of the module that have another name in the spec, with that name.
    """
    source, diagnostics = exported(program, dict(sizes[0][0]))
    if source is None:
        return Comparison((), f"the spec cannot be exported: {errors(diagnostics)[0].message}")
    trials = [
        Trial(
            tuple(inputs),
            integers_below(program.unfold(Settings(dict(values))).graph),
            {name: int(str(values[symbol])) for symbol, name in source.arguments.items()},
        )
        for values, inputs in sizes
    ]
    unread = tuple(_not_needed(read))
    return compare(Code(source.text, source.class_name, tuple(trials), read.outputs, unread, renamed or {}))


def _not_needed(read: Read) -> list[str]:
    """The tensors of the module that code need not have: those that nothing reads, and tables that layers make anew.

    Of several names of a tensor, code may have one only.
    """
    trace, (same, renamed, _) = read.traces.trace, read.found.names
    known = {*same, *renamed}
    tables = [one.name for one in trace.tensors if one.is_buffer and one.name not in known]
    others = [name for one in trace.tensors if one.name in known for name in (one.name, *one.others) if one.others]
    return [*trace.unread, *tables, *others]
