"""Specifications as nobody would write them, each through two commands: none may raise, and none may take long."""
