"""Drawings as lists of polygons, paths and texts, and the writers that turn them into SVG, PDF and PNG."""
