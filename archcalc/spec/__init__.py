"""Specifications: from positioned plain data to steps, blocks, lets and claims."""
