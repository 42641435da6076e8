"""The attention of published networks as specs, with the names of their authors."""

from __future__ import annotations

VIT = """
input: [64, 20]
layers:
  - tokens
  - {linear: 3 * in_channels, as: qkv}
  - {split: 3, as: parts}
  - {dot_attention: [parts.0, parts.1, parts.2], heads: 4}
  - {linear: in_channels, as: proj}
"""

# Windows of 7x7 positions are an axis in front of the tokens.
SWIN_WINDOWS = """
input: [96, 14, 14]
let: {side: 7, across: 2, heads: 3, area: side ** 2}
layers:
  - reshape: [96, across, side, across, side]
  - permute: {axes: [1, 3, 2, 4, 0], layout: channels_last}
  - {reshape: {shape: [across ** 2, area, 96], layout: channels_last}, as: windows}
  - {relative_position_bias: {heads: heads, window: side}, as: relative_position_bias_table}
"""
SWIN_ATTENTION = """
  - {linear: 3 * in_channels, as: qkv, from: windows}
  - {split: 3, as: parts}
  - {dot_attention: [parts.0, parts.1, parts.2], heads: heads, mask: %s}
  - {linear: in_channels, as: proj}
"""
SWIN = SWIN_WINDOWS + SWIN_ATTENTION % "relative_position_bias_table"

# Windows across a border see only their own side: a mask of every window is added to the bias of all.
SWIN_MASK = """
  - {reshape: [1, heads, area, area], as: bias}
  - {parameter: [across ** 2, 1, area, area], as: attn_mask, trainable: false}
  - {add: [bias, attn_mask], broadcast: true, as: masked}
"""
SWIN_SHIFTED = SWIN_WINDOWS + SWIN_MASK + SWIN_ATTENTION % "masked"

# Every head has its queries, keys and values together, so that heads are an axis before the three are cut apart. A
# window is a block of positions, or a grid of positions that lie `across` apart.
MAXVIT = """
input: [64, 14, 14]
let: {side: 7, across: 2, area: side ** 2, heads: 2, width: 32, nearby: true}
layers:
  - as: blocks
    when: nearby
    do:
      - reshape: [64, across, side, across, side]
      - permute: {axes: [1, 3, 2, 4, 0], layout: channels_last}
  - as: grid
    when: not nearby
    do:
      - reshape: [64, side, across, side, across]
      - permute: {axes: [2, 4, 1, 3, 0], layout: channels_last}
  - reshape: {shape: [across ** 2, area, 64], layout: channels_last}
  - {linear: 3 * in_channels, as: qkv}
  - reshape: {shape: [across ** 2, area, heads, 3 * width], layout: channels_last}
  - permute: {axes: [0, 2, 1, 3], layout: channels_last}
  - {split: 3, as: parts}
  - as: rel_pos
    do: [{relative_position_bias: {heads: heads, window: side}, as: relative_position_bias_table}]
  - {dot_attention: [parts.0, parts.1, parts.2], mask: rel_pos}
  - permute: {axes: [0, 2, 1, 3], layout: channels_last}
  - reshape: {shape: [across ** 2, area, heads * width], layout: channels_last}
  - {linear: 64, as: proj}
variants:
  blocks: {}
  grid: {let: {nearby: false}}
"""

# Tokens at one place of all patches attend to each other: the places are the axis in front.
MOBILEVIT = """
input: [16, 8, 8]
let: {width: 24, patch: 2, across: 4}
blocks:
  conv_norm_act(out, kernel):
    - {conv: {out: out, kernel: kernel, padding: kernel // 2, bias: false}, as: conv}
    - {batch_norm, as: bn}
    - relu
  attention(heads):
    - {linear: 3 * in_channels, as: qkv}
    - {split: 3, as: parts}
    - {dot_attention: [parts.0, parts.1, parts.2], heads: heads}
    - {linear: channels(input), as: proj}
  mlp(hidden):
    - {linear: hidden, as: fc1}
    - relu
    - {linear: channels(input), as: fc2}
  block:
    - {add: [here, [{layer_norm, as: norm1}, {attention: 4, as: attn}]], as: attended}
    - add: [here, [{layer_norm, as: norm2}, {mlp: 2 * in_channels, as: mlp}]]
layers:
  - {conv_norm_act: [16, 3], as: conv_kxk}
  - {conv: {out: width, kernel: 1, bias: false}, as: conv_1x1}
  - reshape: [width, across, patch, across, patch]
  - permute: {axes: [2, 4, 1, 3, 0], layout: channels_last}
  - reshape: {shape: [patch ** 2, across ** 2, width], layout: channels_last}
  - {do: [block, block], as: transformer}
  - {layer_norm, as: norm}
  - reshape: {shape: [patch, patch, across, across, width], layout: channels_last}
  - permute: [4, 2, 0, 3, 1]
  - reshape: [width, across * patch, across * patch]
  - {conv_norm_act: [16, 1], as: conv_proj}
  - concat: [input, here]
  - {conv_norm_act: [16, 3], as: conv_fusion}
ignore: [AC145]
"""

# Logits of relative positions are products of the queries with learned rows. The rows are counted from the far end of
# an axis to the other one; padding and cutting anew moves them to absolute positions.
BOTNET = """
input: [64, 6, 5]
let: {rows: 6, columns: 5, heads: 4, width: 16, places: rows * columns}
blocks:
  absolute(lines, count):
    - reshape: [heads * lines, count, 2 * count - 1]
    - pad: [[0, 0], [0, 1]]
    - reshape: [heads * lines, 2 * count ** 2]
    - pad: [[0, count - 1]]
    - reshape: [heads * lines, count + 1, 2 * count - 1]
    - slice: {axis: 1, stop: count}
    - slice: {axis: 2, start: count - 1}
    - reshape: [heads, lines, 1, count, count]
  relative:
    - {reshape: {shape: [heads, rows, columns, width], layout: channels_last}, as: by_rows}
    - {permute: {axes: [0, 2, 1, 3], layout: channels_last}, as: by_columns}
    - {parameter: [2 * rows - 1, width], as: height_rel}
    - {reshape: [1, 1, 2 * rows - 1, width], as: of_height}
    - {parameter: [2 * columns - 1, width], as: width_rel}
    - {reshape: [1, 1, 2 * columns - 1, width], as: of_width}
    - {matmul: [by_rows, of_width], transpose: second, broadcast: true}
    - absolute: [rows, columns]
    - {permute: [0, 1, 3, 2, 4], as: along_rows}
    - {matmul: [by_columns, of_height], transpose: second, broadcast: true}
    - absolute: [columns, rows]
    - {permute: [0, 3, 1, 4, 2], as: along_columns}
    - {add: [along_columns, along_rows], broadcast: true}
    - reshape: [heads, places, places]
layers:
  - {conv: {out: 3 * in_channels, kernel: 1, bias: false}, as: qkv}
  - reshape: [3, heads, width, places]
  - {permute: {axes: [0, 1, 3, 2], layout: channels_last}, as: apart}
  - {select: 1, from: apart, as: k}
  - {select: 2, from: apart, as: v}
  - {select: 0, from: apart, as: q}
  - {relative, as: pos_embed}
  - {dot_attention: [q, k, v], mask: pos_embed}
  - permute: [0, 2, 1]
  - reshape: [heads * width, rows, columns]
"""

# The channels attend to each other; the positions are what they are made of.
XCIT = """
input: [48, 20]
let: {heads: 4, width: 12, count: 20}
layers:
  - tokens
  - {linear: {out: 3 * in_channels, bias: false}, as: qkv}
  - reshape: [count, 3, heads, width]
  - {permute: {axes: [1, 2, 3, 0], layout: channels_last}, as: apart}
  - {select: 0, from: apart}
  - {normalize, as: q}
  - {select: 1, from: apart}
  - {normalize, as: k}
  - {select: 2, from: apart, as: v}
  - {parameter: [heads, 1, 1], as: temperature}
  - {matmul: [q, k], transpose: second}
  - {multiply: [here, temperature], broadcast: true}
  - {softmax: {axis: -1}}
  - matmul: [here, v]
  - permute: {axes: [2, 0, 1], layout: channels_last}
  - reshape: {shape: [count, heads * width], layout: channels_last}
  - {linear: 48, as: proj}
"""

# The class token alone asks.
CAIT_CLASS = """
input: [48, 20]
layers:
  - {tokens, as: x}
  - {split: {sizes: [1, 19], axis: 0}, as: parts}
  - dot_attention:
      branches:
        - [{from: parts.0}, {linear: {out: 48, bias: false}, as: q}]
        - [{from: x}, {linear: {out: 48, bias: false}, as: k}]
        - [{from: x}, {linear: {out: 48, bias: false}, as: v}]
      heads: 4
  - {linear: 48, as: proj}
"""

# Between the products, linear layers mix the heads.
CAIT_TALKING = """
input: [48, 20]
let: {heads: 4, width: 12, count: 20}
layers:
  - tokens
  - {linear: {out: 3 * in_channels, bias: false}, as: qkv}
  - reshape: [count, 3, heads, width]
  - {permute: {axes: [1, 2, 0, 3], layout: channels_last}, as: apart}
  - {select: 0, from: apart}
  - {elementwise: x / sqrt(width), as: q}
  - {select: 1, from: apart, as: k}
  - {select: 2, from: apart, as: v}
  - {matmul: [q, k], transpose: second}
  - permute: {axes: [1, 2, 0], layout: channels_last}
  - {linear: heads, as: proj_l}
  - permute: {axes: [2, 0, 1], layout: channels_last}
  - softmax
  - permute: {axes: [1, 2, 0], layout: channels_last}
  - {linear: heads, as: proj_w}
  - permute: {axes: [2, 0, 1], layout: channels_last}
  - matmul: [here, v]
  - permute: {axes: [1, 0, 2], layout: channels_last}
  - reshape: {shape: [count, heads * width], layout: channels_last}
  - {linear: 48, as: proj}
"""

# Queries and keys are narrower than values; normalization and activation are where LeViT has them.
LEVIT = """
input: [48, 4, 4]
let: {heads: 3, key: 8, value: 16, count: 16}
layers:
  - tokens
  - as: qkv
    do:
      - {linear: {out: heads * (2 * key + value), bias: false}, as: linear}
      - {permute: [1, 0]}
      - {batch_norm, as: bn}
      - channels_last
  - reshape: {shape: [count, heads, 2 * key + value], layout: channels_last}
  - permute: {axes: [1, 0, 2], layout: channels_last}
  - {split: {sizes: [key, key, value]}, as: parts}
  - {parameter: [heads, count, count], as: bias}
  - {dot_attention: [parts.0, parts.1, parts.2], mask: bias}
  - permute: {axes: [1, 0, 2], layout: channels_last}
  - reshape: {shape: [count, heads * value], layout: channels_last}
  - as: proj
    do:
      - {silu, as: act}
      - as: ln
        do:
          - {linear: {out: 48, bias: false}, as: linear}
          - {permute: [1, 0]}
          - {batch_norm, as: bn}
          - channels_last
"""
