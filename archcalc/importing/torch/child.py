"""The program that runs a user's modules: a process of its own that imports PyTorch, builds a module and traces it.

It reads jobs from standard input and writes the answers to standard output, a line of JSON each. Whatever the modules
print goes nowhere.
"""

from __future__ import annotations

import importlib
import json
import sys
import threading
from pathlib import Path
from typing import Any

ROOT = str(Path(__file__).parents[3])


def main() -> None:
    """Answer jobs until there are no more."""
    # The folder of this package may be none that the user's modules should find others in.
    sys.path.insert(0, ROOT)
    isolation: Any = importlib.import_module("archcalc.isolation.child")
    jobs, answers = isolation.set_aside()
    lock = threading.Lock()

    def say(answer: dict[str, Any]) -> None:
        with lock:
            answers.write(json.dumps(answer) + "\n")
            answers.flush()

    def stop(reason: str) -> None:
        say({"ok": False, "kind": "time", "message": reason, "place": None, "help": None})

    try:
        torch: Any = importlib.import_module("torch")
        work: Any = importlib.import_module("archcalc.importing.torch.live.work")
    except Exception as error:
        say({"torch": None, "message": f"{type(error).__name__}: {error}"})
        return
    sys.path.remove(ROOT)
    say({"torch": torch.__version__})
    worker = work.Work()
    is_bound = False
    for line in jobs:
        job = json.loads(line)
        if not is_bound:
            isolation.bound_memory(job["memory"])
            is_bound = True
        with isolation.watched(job["seconds"], 1, stop):
            answer = worker.answer(job)
        say(answer)


if __name__ == "__main__":
    main()
