"""Completion for shells: scripts made from what the commands declare, which run no Python when a key is pressed."""
