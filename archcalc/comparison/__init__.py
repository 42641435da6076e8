"""Comparison: what differs between two networks, layer by layer and in what they cost, and the limits on that."""
