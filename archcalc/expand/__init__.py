"""Expansion: from steps, blocks and loops to the flat graph, with shapes known as it grows."""
