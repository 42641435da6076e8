"""Published detectors without what is no layer in them: the choice of boxes, and how images are scaled."""

from __future__ import annotations

from importlib import import_module
from types import MethodType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor


def faster_rcnn(models: Any) -> Any:
    """torchvision's Faster R-CNN with a feature pyramid, as it is built for its weights; the boxes are given."""
    frozen = import_module("torchvision").ops.FrozenBatchNorm2d
    body = models.resnet50(norm_layer=frozen)
    backbone = models.detection.backbone_utils._resnet_fpn_extractor(body, trainable_layers=5)
    found = models.detection.FasterRCNN(backbone, num_classes=91)
    found.forward = MethodType(_of_boxes, found)
    return found


def _of_boxes(self: Any, image: Tensor, boxes: Tensor) -> tuple[Tensor, ...]:
    """Scores and boxes of the regions, and of all anchors of the five levels."""
    from torchvision.ops.roi_align import _roi_align  # In PyTorch alone: the compiled one is not at hand everywhere.

    levels = self.backbone(image)
    objectness, deltas = self.rpn.head(list(levels.values()))
    numbered = boxes.new_zeros(len(boxes), 5)
    numbered[:, 1:] = boxes
    pooled = _roi_align(levels["0"], numbered, 1 / 4, 7, 7, 2, False)
    found = self.roi_heads.box_predictor(self.roi_heads.box_head(pooled))
    return (*found, *(level for pair in zip(objectness, deltas, strict=True) for level in pair))


def detr(transformers: Any) -> Any:
    """DETR of the transformers library on timm's ResNet-50; the positions are given."""
    config = transformers.DetrConfig(use_pretrained_backbone=False, num_labels=91)
    config._attn_implementation = "eager"  # PyTorch's counter does not see the other ones on every device.
    found = transformers.DetrForObjectDetection(config)
    found.forward = MethodType(_at_positions, found)
    return found


def _at_positions(self: Any, image: Tensor, positions: Tensor) -> tuple[Tensor, Tensor]:
    """Scores and boxes of the queries."""
    self.model.position_embedding.forward = lambda **_: positions
    found = type(self).forward(self, image)
    return found.logits, found.pred_boxes
