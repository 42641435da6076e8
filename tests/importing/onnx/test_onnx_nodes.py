"""The tests of single nodes that the onnx package has: shapes and values are those of its reference."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

pytest.importorskip("onnx")

from effort import share
from onnx_nodes import FAMILIES, Case, cases

import archcalc
from archcalc.importing.failure import ImportFailure
from archcalc.importing.imported import imported
from archcalc.importing.onnx import read, signature
from archcalc.importing.passes import finished
from archcalc.importing.record import Record

OPAQUE = {
    "test_gridsample": "archcalc has no kind for GridSample",
    "test_roialign": "it pools regions of interest, several for an image",
    "test_maxunpool": "the places that it puts values back to are not those of a max pool of such a map",
    "test_maxpool_with_argmax": "the places of the maxima",
    "test_resize_tf_crop": "its coordinates are tf_crop_and_resize",
    "test_resize_downsample_scales_linear_half_pixel_symmetric": "its coordinates are half_pixel_symmetric",
    "test_resize_upsample_scales_linear_half_pixel_symmetric": "its coordinates are half_pixel_symmetric",
    "test_resize_upsample_scales_cubic_A_n0p5_exclude_outside": "it leaves out what lies outside of the map",
    "test_resize_downsample_scales_cubic_A_n0p5_exclude_outside": "it leaves out what lies outside of the map",
    "test_col2im_5d": "it puts columns back on 3 axes or with uneven padding",
}
"""What has no kind, by the beginning of the names, with the reason that is stated."""
EMPTY = ("test_reshape_allowzero_reordered", "test_split_zero_size_splits")
"""Arrays without an entry, which are no maps."""
OTHERWISE = {
    "test_batchnorm_example_training_mode": "statistics of the batch, which only training takes",
    "test_batchnorm_epsilon_training_mode": "statistics of the batch, which only training takes",
    "test_resize_downsample_scales_linear": "positions by a factor that the sizes do not have",
    "test_resize_downsample_scales_linear_align_corners": "positions by a factor that the sizes do not have",
    "test_resize_downsample_scales_cubic": "positions by a factor that the sizes do not have",
    "test_resize_downsample_scales_cubic_align_corners": "positions by a factor that the sizes do not have",
    "test_resize_downsample_scales_linear_antialias": "values beyond the border",
    "test_resize_downsample_sizes_linear_antialias": "values beyond the border",
    "test_resize_downsample_scales_cubic_antialias": "values beyond the border",
    "test_resize_downsample_sizes_cubic_antialias": "values beyond the border",
}
"""Why values differ where they do."""


@cache
def collected() -> dict[str, list[Case]]:
    found: dict[str, list[Case]] = {}
    for case in cases():
        found.setdefault(case.operator, []).append(case)
    return found


def reason(record: Record) -> str | None:
    return next((str(layer.fields["reason"]) for layer in record.layers() if layer.kind == "opaque"), None)


def stated(name: str) -> str | None:
    """The reason that is expected: that of the longest beginning of the name."""
    fitting = [begin for begin in OPAQUE if name.startswith(begin)]
    return OPAQUE[max(fitting, key=len)] if fitting else None


def sizes(case: Case) -> list[tuple[int, ...]]:
    """The shapes that must come out, as a record has them: without the batch, and a single number as [1]."""
    batched = signature(case.data).batch is not None and case.operator != "RoiAlign"  # several maps for an image
    return [(shape[1:] if batched else shape) or (1,) for shape in case.outputs]


@pytest.mark.parametrize("operator", [name for names in FAMILIES.values() for name in names])
def test_shapes_are_those_of_the_reference(operator: str) -> None:
    for case in collected().get(operator, []):
        if case.name.startswith(EMPTY):
            with pytest.raises(ImportFailure):
                read(case.data)
            continue
        record = finished(read(case.data))
        assert reason(record) == stated(case.name), case.name
        found = [value.shape or (1,) for value in record.outputs]
        wanted = sizes(case)
        assert found == wanted[: len(found)], case.name
        assert imported(record, flat=True).level == "flat", case.name


def test_nearly_all_cases_are_said_without_an_opaque_layer() -> None:
    names = [case.name for found in collected().values() for case in found]
    said = [name for name in names if stated(name) is None and not name.startswith(EMPTY)]
    assert len(said) >= min(267, len(names) - 37)


@pytest.mark.parametrize("operator", share([name for names in FAMILIES.values() for name in names]))
def test_values_are_those_of_the_reference(operator: str) -> None:
    """Layers without weights, exported to PyTorch, compute what the package has stored."""
    torch = pytest.importorskip("torch")
    for case in collected().get(operator, []):
        if stated(case.name) or case.name.startswith(EMPTY) or case.name in OTHERWISE or len(case.inputs) != 1:
            continue
        record = finished(read(case.data))
        if any(layer.tensors for layer in record.layers()):
            continue
        network = archcalc.load(imported(record, flat=True).text).build_torch().eval()
        batched = signature(case.data).batch is not None
        array = torch.from_numpy(case.inputs[0].astype("float32"))
        with torch.no_grad():
            found = network(array if batched else array[None])
        values: list[Any] = list(found.values()) if isinstance(found, dict) else [found]
        values = [*found] if isinstance(found, (tuple, list)) else values
        for value, wanted in zip(values, case.results, strict=False):
            expected = torch.from_numpy(wanted.astype("float32"))
            assert torch.allclose(value.reshape(expected.shape), expected, atol=1e-4, equal_nan=True), case.name
