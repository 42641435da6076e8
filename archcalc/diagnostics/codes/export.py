"""AC5xx: code that cannot be written, and generated code that PyTorch sees in another way."""

from __future__ import annotations

from archcalc.diagnostics.model import Code

NOT_EXPORTABLE = Code(
    "AC501",
    "not-exportable",
    "error",
    "a network with errors is not exported",
    "Code is written for networks that come out: every shape is known and every expectation holds. The check found "
    "errors, which are shown above, so nothing was written. Verifying takes sizes, too: a spec that leaves symbols "
    "open is run at the first legal values that are found; where there are none, this error says so.",
    "input: [1, 7, 7]\nlayers:\n  - conv: {out: 1, kernel: 3, stride: 3}   # AC301 comes first",
    "Correct the errors; `archcalc check` shows them with the fixes that work.",
)
NO_TORCH_FORM = Code(
    "AC502",
    "no-torch-form",
    "error",
    "PyTorch cannot express a layer as it is declared",
    "Every layer says which PyTorch modules and functions it is. For this one, with these fields at these sizes, there "
    "are none with the same shapes, parameters and multiplications, and code that does nearly the same is not written.",
    "input: [1, N, N]\nlayers:\n  - conv: {out: N, kernel: 3}   # a constructor needs numbers, and N has no value",
    "Write the layer in another way, or give its symbols values with `at` or `--set`, as the message says.",
)
SIZES_FIXED = Code(
    "AC503",
    "sizes-fixed",
    "note",
    "the exported code holds for these sizes only",
    "Generated code works for every legal input size as long as nothing in it depends on the size but through the "
    "tensors themselves or through arguments of the constructor. Here something does, so that a network for other "
    "sizes has to be exported again.",
    "input: [3, N, N]\nat: {N: 32}\nlayers:\n  - {conv: [8, 3], when: N > 16}   # other layers for other sizes\n"
    "  - flatten\n  - linear: 10",
    "Nothing, if the sizes are the ones you want. Otherwise remove what depends on them, or export once more with "
    "`--set`.",
)
PARAMETERS_DIFFER = Code(
    "AC504",
    "parameters-differ",
    "error",
    "PyTorch has other parameters than archcalc computed",
    "The state of the module that was built lacks a tensor, has one too many, or has one with other sizes; or a tensor "
    "is trained in PyTorch and frozen in the spec. Weights could not be loaded by name, and counts would differ.",
    "input: [3, 32, 32]\nlayers:\n  - {conv: [8, 3], as: conv1}   # verified against a file that was edited to "
    "kernel_size=5",
    "Undo the change in the generated file, or make it in the spec and export again. If the file was not touched, this "
    "is a mistake of archcalc: please report it with the spec.",
)
SHAPE_DIFFERS = Code(
    "AC505",
    "shape-differs",
    "error",
    "a map has another shape in PyTorch",
    "The layer ran in PyTorch and wrote a tensor of other sizes than the shape rule of archcalc says. Layers behind it "
    "are likely to differ, too; only the first one is reported.",
    "input: [3, 32, 32]\nlayers:\n  - {max_pool: 2, as: pool}   # verified against a file that was edited to "
    "MaxPool2d(4)",
    "Undo the change in the generated file, or make it in the spec and export again. If the file was not touched, this "
    "is a mistake of archcalc: please report it with the spec.",
)
MULTIPLICATIONS_DIFFER = Code(
    "AC506",
    "multiplications-differ",
    "error",
    "PyTorch counts other multiplications",
    "FlopCounterMode of PyTorch counts two operations for every product with a weight and for every product in "
    "attention. Half of its count for this layer is not the number of multiplications that archcalc computed.",
    "input: [4, 32, 32]\nlayers:\n  - {conv: [8, 3], as: conv1}   # verified against a file that was edited to "
    "groups=2",
    "Undo the change in the generated file, or make it in the spec and export again. If the file was not touched, this "
    "is a mistake of archcalc: please report it with the spec.",
    "torch.utils.flop_counter.FlopCounterMode",
)
DOES_NOT_RUN = Code(
    "AC507",
    "does-not-run",
    "error",
    "PyTorch cannot run what archcalc finds legal",
    "Importing the generated module, building the network or its forward pass raised an exception or ended the "
    "process, at sizes at which archcalc finds no error.",
    "input: [3, 32, 32]\nlayers:\n  - {conv: [8, 3], as: conv1}   # verified against a file with a typing error",
    "Undo the change in the generated file. If it was not touched, this is a mistake of archcalc, or a limit of this "
    "version of PyTorch: please report it with the spec.",
)
RUNS_THOUGH_ILLEGAL = Code(
    "AC508",
    "runs-though-illegal",
    "error",
    "PyTorch runs where it must fail",
    "At a size that archcalc calls illegal for a reason that PyTorch shares, such as a window larger than its input, "
    "the generated code ran. One of the two is wrong. Sizes that PyTorch accepts because it rounds fractions silently "
    "are not meant.",
    "input: [3, N, N]\nat: {N: 32}\nlayers:\n  - {conv: [8, 5], as: conv1}   # verified against a file that was edited "
    "to padding=2, which also accepts N = 1",
    "Undo the change in the generated file, or make it in the spec and export again. If the file was not touched, this "
    "is a mistake of archcalc: please report it with the spec.",
)
TORCH_MISSING = Code(
    "AC509",
    "torch-missing",
    "error",
    "verifying needs PyTorch",
    "archcalc computes and exports without PyTorch. Proving that the exported code agrees takes PyTorch itself, which "
    "cannot be imported here.",
    "# archcalc verify lenet, in an environment without PyTorch\ninput: [1, 32, 32]\nlayers: [conv: [6, 5]]",
    "Install it: `pip install 'archcalc[torch]'`. The processor is enough: see pytorch.org for builds without CUDA.",
)
CONNECTIONS_DIFFER = Code(
    "AC510",
    "connections-differ",
    "error",
    "PyTorch runs other layers, or connects them in another way",
    "Every call in the forward pass is recorded together with the tensors that it reads. A layer was left out or "
    "added, stands at another place, or reads the output of another layer than the graph says; shapes and counts can "
    "agree all the same. A layer that changes a map in place which another one still reads gets this error, too.",
    "input: [8, 4, 4]\nlayers:\n  - {conv: [8, 1], as: conv1}\n  - relu   # verified against a file in which the "
    "shortcut reads conv1\n  - {add: [here, input], as: sum}",
    "Undo the change in the generated file, or make it in the spec and export again. If the file was not touched, this "
    "is a mistake of archcalc: please report it with the spec.",
)
ARGUMENTS_DIFFER = Code(
    "AC511",
    "arguments-differ",
    "error",
    "a layer is another one in PyTorch, or has other arguments",
    "Every module that runs must be of the class and have the settings that its layer says, and every function must "
    "give the same numbers. Another activation, kind of pooling, rate, epsilon or border changes no shape and no "
    "count, and it is another network all the same.",
    "input: [8, 4, 4]\nlayers:\n  - {batch_norm, as: norm}   # verified against a file that was edited to eps=0.5",
    "Undo the change in the generated file, or make it in the spec and export again. If the file was not touched, this "
    "is a mistake of archcalc: please report it with the spec.",
)
NOT_DECIDED = Code(
    "AC512",
    "not-decided",
    "warning",
    "a run in PyTorch did not come to its end",
    "A run was stopped because it had used up its processor time, or stood still. Nothing was found to differ, and "
    "nothing is proven: the verdict is neither ok nor not ok. A slow or a busy machine alone stops no run, as only the "
    "time counts that the run itself had.",
    "# archcalc verify large.yaml --timeout 0.5\ninput: [3, 224, 224]\nlayers: [conv: [64, 3]]",
    "Give each run more time: `archcalc verify large.yaml --timeout 600`.",
)
TOO_LARGE_TO_RUN = Code(
    "AC513",
    "too-large-to-run",
    "error",
    "a network that PyTorch cannot run",
    "PyTorch counts the numbers of a tensor, and their bytes, with 64 bits. A map, the parameters, or what a layer "
    "holds while it computes, is larger here, so that nothing could be compared. The sizes and counts of a check "
    "are right all the same: they have no largest number.",
    "input: [3, 8, 8]\nlayers:\n  - lrn: 10**40   # as many channels of zeros around the 3",
    "Verify the network at smaller sizes (`--set`), or make the layer smaller.",
)
FOREIGN_MODULE = Code(
    "AC515",
    "foreign-module",
    "error",
    "a spec that has somebody else's code run",
    "An `opaque` step can name the class of its author, which exported code imports and calls. To verify or to build "
    "the network runs this code, with the arguments that the spec gives it. A spec is data, and nobody expects that "
    "of it: it must be asked for.",
    "# archcalc verify attention.yaml\ninput: [49, 96]\nlayers:\n"
    "  - opaque: {shape: [49, 96], products: 0, module: 'mixers:Window'}",
    "Where you trust the spec and the module, `archcalc verify attention.yaml --run-modules`, or in Python "
    "`build_torch(run_modules=True)`. `archcalc export` writes the code and runs nothing.",
)
CLASS_DIFFERS = Code(
    "AC514",
    "class-differs",
    "error",
    "a class that is its block only at the arguments of the network",
    "Every class of a block is built at other arguments, too, and must there have the parameters and the outputs of "
    "the block, called in the same way. A number of the network that stands in the class in the place of an argument "
    "changes nothing in the network itself, and is wrong for whoever calls the class otherwise.",
    "blocks:\n  unit(out, stride=1): [conv: [out, 3, stride]]   # verified against a file that was edited to stride=2\n"
    "input: [3, 9, 9]\nlayers: [unit: [8, 2]]",
    "Put the argument in the place of the number, or export again. If the file was not touched, this is a mistake of "
    "archcalc: please report it with the spec.",
)
