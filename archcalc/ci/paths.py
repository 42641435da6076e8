"""Paths as the programs around a repository name them: from its root, with slashes."""

from __future__ import annotations

import os

ROOTS = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")
"""The variables in which GitHub and GitLab say where the repository is."""


def in_repository(name: str) -> str:
    """The path of a file from the root of the repository; where that is not known, from where we are.

    What is outside, and what is no file, such as a network of the catalogue, keeps its name.
    """
    if not os.path.isfile(name):
        return name
    path = os.path.realpath(name)
    for root in (*(os.environ.get(variable, "") for variable in ROOTS), os.getcwd()):
        inside = os.path.relpath(path, os.path.realpath(root)) if root else os.pardir
        if inside.split(os.sep)[0] != os.pardir:
            return inside.replace(os.sep, "/")
    return name.replace(os.sep, "/")
