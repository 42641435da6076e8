"""Emacs, switched on as the documentation says."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from shutil import which

import pytest

pytest.importorskip("pygls")

from catalogue import ROOT

PAGE = (ROOT / "docs" / "guides" / "editors.md").read_text(encoding="utf-8")
BLOCK = re.search(r"^```elisp\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
BEFORE = """\
(require 'package)
(package-initialize)
(setq eglot-sync-connect 60)
"""
DRIVE = """\
(require 'flymake)
(find-file "net.yaml")
(call-interactively 'eglot)
(dotimes (_ 300) (unless (flymake-diagnostics) (accept-process-output nil 0.1) (flymake-start)))
(defun found ()
  (mapcar (lambda (one) (vector (line-number-at-pos (flymake-diagnostic-beg one)) (flymake-diagnostic-text one)))
          (flymake-diagnostics)))
(setq findings (found))
(goto-char (point-min))
(search-forward "part")
(backward-char)
(eglot-rename "stage")
(message "ANSWER %s" (json-encode (vector (vconcat findings) (buffer-string))))
(set-buffer-modified-p nil)
"""
TEXT = """\
input: [1, 32, 32]
blocks:
  part(out):
    - conv: {out: out, kernel: 5}
    - tanh
layers:
  - {part: {out: 6}, as: c1}
  - {avg_pool: 2, as: s2}
expect: {parameters: 155}
"""


@cache
def has_what_it_needs() -> bool:
    """Whether there is an Emacs, and in it a client and a mode for YAML."""
    if which("emacs") is None:
        return False
    asked = "(kill-emacs (if (and (require 'eglot nil t) (require 'yaml-mode nil t)) 0 1))"
    command = ["emacs", "--batch", "--eval", "(progn (require 'package) (package-initialize))", "--eval", asked]
    return subprocess.run(command, capture_output=True).returncode == 0


@pytest.mark.skipif(not has_what_it_needs(), reason="there is no Emacs with eglot and yaml-mode")
def test_emacs_shows_what_is_found_and_renames(tmp_path: Path) -> None:
    assert BLOCK is not None
    (tmp_path / "net.yaml").write_text(TEXT, encoding="utf-8")
    (tmp_path / "init.el").write_text(BEFORE + BLOCK[1], encoding="utf-8")
    (tmp_path / "drive.el").write_text(DRIVE, encoding="utf-8")
    command = tmp_path / "archcalc"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m archcalc "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    environment = {**os.environ, "HOME": str(tmp_path), "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        ["emacs", "--batch", "-l", "init.el", "-l", "drive.el"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment,
        timeout=120,
    )
    said = re.search(r"^ANSWER (.*)$", done.stderr, re.MULTILINE)
    assert said is not None, done.stderr
    ((line, message),), text = json.loads(said[1])
    assert line == 9 and "parameters: expected 155, but the network has 156" in message
    assert text == TEXT.replace("part", "stage")
