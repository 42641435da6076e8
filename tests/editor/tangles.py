"""Small specs in which few names stand for many things, so that one hides another wherever the language lets it."""

from __future__ import annotations

import json
from random import Random
from typing import Any

WORDS = ("a", "b", "c", "d")

NUMBER = "number"
Known = dict[str, Any]
"""What a place knows: numbers, and maps with what is inside of them, by name."""


def tangled(rng: Random) -> str:
    """A spec as JSON; most of what it reads is there, and as many things as can be have one name."""
    return _Tangle(rng).spec()


class _Tangle:
    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.heads: dict[str, Known] = {}
        self.functions: list[str] = []

    def chance(self, percent: int) -> bool:
        return self.rng.randrange(100) < percent

    def spec(self) -> str:
        rng = self.rng
        data: dict[str, Any] = {"input": [8, 4, 4]}
        values: Known = {}
        known: Known = {}
        if self.chance(30):
            name = rng.choice(WORDS)
            data["input"] = {name: [8, 4, 4]}
            known[name] = {}
        lets: dict[str, Any] = {}
        for name in rng.sample(WORDS, rng.randrange(3)):
            lets[name] = self.number(values)
            values[name] = NUMBER
        if self.chance(30):
            one, other = rng.sample(WORDS, 2)
            default = self.number(values)
            lets[f"f({one}, {other}={default})"] = self.number({**values, one: NUMBER, other: NUMBER})
            self.functions.append("f")
        if lets:
            data["let"] = lets
        if self.chance(40):
            data["blocks"] = {}
            for block in rng.sample(("u", "v", *WORDS), rng.randrange(1, 3)):
                parameters = rng.sample(WORDS, rng.randrange(3))
                inside: Known = dict(values)
                head = []
                for parameter in parameters:
                    head.append(f"{parameter}={self.number(inside)}")
                    inside[parameter] = NUMBER
                own: Known = {}
                text = f"{block}({', '.join(head)})"
                data["blocks"][text] = self.steps(1, inside, own, "", False)
                self.heads[block] = {"inside": own, "parameters": parameters}
        own = {}
        data["layers"] = self.steps(0, {**values, **known}, own, "", False)
        maps = [name for name, inner in own.items() if inner != NUMBER]
        if maps and self.chance(30):
            data["output"] = ["here", rng.choice(maps)]
        if maps and self.chance(50):
            data["expect"] = {"of": rng.choice(maps), "activations": "0.."}
        if lets and self.chance(30):
            named = [name for name in lets if "(" not in name]
            data["variants"] = {"x": {"let": dict.fromkeys(named[:1], 2)}, "y": {}}
        return json.dumps(data, indent=rng.choice((None, 1)))

    def number(self, known: Known) -> Any:
        rng = self.rng
        names = [name for name, what in known.items() if what == NUMBER]
        maps = [name for name, what in known.items() if what != NUMBER and "$" not in name]
        way = rng.randrange(8)
        if names and way < 4:
            name = rng.choice(names)
            return rng.choice((name, f"{name} + 1", f"max({name}, 1)"))
        if maps and way == 4:
            return f"channels({rng.choice(maps)})"
        if self.functions and names and way == 5:
            return f"f({rng.choice(names)})"
        return rng.randrange(1, 3)

    def path(self, known: Known) -> str | None:
        rng = self.rng
        maps = {name: what for name, what in known.items() if what != NUMBER}
        if not maps:
            return None
        name = rng.choice([*maps])
        text = name
        while maps[name] and self.chance(60):
            inner = {one: what for one, what in maps[name].items() if what != NUMBER}
            if not inner:
                break
            maps, name = inner, rng.choice([*inner])
            text += f".{name}"
        return text

    def steps(self, depth: int, known: Known, own: Known, loop: str, is_inner: bool) -> list[Any]:
        """Steps that read what is `known`, and whose names are put into `own`; within a loop they are computed."""
        return [self.step(depth, known, own, loop) for _ in range(self.rng.randrange(1, max(7 - 2 * depth, 3)))]

    def step(self, depth: int, known: Known, own: Known, loop: str) -> Any:
        rng = self.rng
        way = rng.randrange(16 if depth < 3 else 8)
        inside: Known = {}
        path = self.path(known)
        step: dict[str, Any] = {"relu": None}
        if way == 1:
            step = {"leaky_relu": self.number(known)}
        elif way == 2 and path:
            step = {"add": ["here", path]}
        elif way == 3 and path:
            return {"from": path}
        elif way == 4 and path and "$" not in path:
            step = {"elementwise": f"x + {path}"}
        elif way in (5, 6, 7) and self.heads:
            block = rng.choice([*self.heads])
            inside = self.heads[block]["inside"]
            parameters = self.heads[block]["parameters"]
            step = {block: rng.choice((None, {name: self.number(known) for name in parameters[:1]} or None))}
        elif way in (8, 9):
            around = dict(known)
            step = {"do": self.steps(depth + 1, around, inside, "", True)}
        elif way in (10, 11, 12):
            variable = rng.choice(("i", "j", *WORDS))
            around = {**known, variable: NUMBER}
            names = own if self.chance(50) else inside
            do = self.steps(depth + 1, around, names, variable, True)
            step = {"for": {variable: rng.choice(("1..2", [1, 2], [2, 3]))}, "do": do}
            if names is own:
                known.update((name, what) for name, what in own.items() if "$" not in name)
                return step
        elif way == 13:
            step = {"add": [self.steps(depth + 2, dict(known), own, loop, True), "here"]}
        elif way == 14 and path:
            step = {"use": path.split(".")[0]}
            inside = known.get(path.split(".")[0], {})
        if path and self.chance(20) and "use" not in step:
            step["from"] = path
        names = [name for name in WORDS if not any(one.startswith(name) for one in own)]
        if names and self.chance(75):
            name = rng.choice(names)
            if loop:
                step["as"] = rng.choice((f"{name}${loop}", f"{name}$({loop} + 1)"))
                known[step["as"]] = own[step["as"]] = inside
                for number in (1, 2, 3):
                    if self.chance(60):
                        own[f"{name}{number}"] = inside
                        known.setdefault(f"{name}{number}", inside)
            else:
                step["as"] = name
                known[name] = own[name] = inside
        if "use" in step and "as" not in step:
            return {"relu": None}
        return step
