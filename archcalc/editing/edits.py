"""Changes of a specification, each one edit of its text, proved by reading the changed text again.

Comments, layout and the order of keys stay. What cannot be changed safely is refused, never written wrongly.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from archcalc.diagnostics.model import Span
from archcalc.editing.entries import inserted, replaced
from archcalc.editing.fields import StepCall, made_map
from archcalc.editing.manuscript import Key, Location, Manuscript, Uneditable, data
from archcalc.editing.text import TextEdit, apply, joined
from archcalc.source import SourceFile
from archcalc.source.document import Mapping, Node, Plain, Scalar, Sequence, plain
from archcalc.source.text import remembered
from archcalc.spec.model import Step
from archcalc.spec.reader import SPEC_KEYS, VARIANT_KEYS


class Editor:
    """Makes edits of one text, which it reads once. Raises: Uneditable if the text cannot be read.

    Every method gives an edit of the text as it is; edits of one text can be applied together where they are apart.

    >>> from archcalc.spec.reader import read_spec
    >>> file = SourceFile("net.yaml", "input: [1, 8, 8]\\nlayers: [conv: [6, 5], tanh]  # small\\n")
    >>> editor = Editor(file)
    >>> spec, _ = read_spec(editor.manuscript.root)
    >>> print(apply(file.text, [editor.set_field(spec.steps[0], "padding", "2")]), end="")
    input: [1, 8, 8]
    layers: [conv: {out: 6, kernel: 5, padding: 2}, tanh]  # small
    """

    def __init__(self, file: SourceFile) -> None:
        self.manuscript = Manuscript(file)
        # The variants of a file mostly ask for the same changes.
        self._read = lru_cache(remembered(file))(lambda text: Manuscript(file.with_text(text)))

    def set_field(self, step: Step, field: str, value: str) -> TextEdit:
        """An argument of a step, given anew or for the first time, however the step is written.

        Where a block or a loop runs the step several times, all of them change. Raises: Uneditable.
        """
        given = data(value)
        call = StepCall(self.manuscript, self.manuscript.step(step))
        expected = {name: plain(node) for name, node in call.arguments().items()} | {field: plain(given)}
        return self._proved_call(call, call.set(field, given), expected)

    def replace_value(self, span: Span, value: str) -> TextEdit:
        """Another value where one stands: an argument, a branch, a size, an item of a list. Raises: Uneditable."""
        location = self.manuscript.value(span)
        given = data(value)
        return self._proved(replaced(self.manuscript, location, given), location.path, _instead(plain(given)))

    def insert_step_before(self, step: Step, text: str) -> TextEdit:
        """A new step in front of one, in the same list. Raises: Uneditable."""
        return self._inserted(step, text, 0)

    def insert_step_after(self, step: Step, text: str) -> TextEdit:
        """A new step behind one, in the same list. Raises: Uneditable."""
        return self._inserted(step, text, 1)

    def set_top_level(self, key: str, value: str, variant: str | None = None) -> TextEdit:
        """The value of a key of the spec or of a variant: `rounding`, `input`, `at`. Raises: Uneditable."""
        return self._set((key,), value, variant)

    def set_at(self, symbol: str, value: str, variant: str | None = None) -> TextEdit:
        """The value that `at` gives a symbol, in the spec or in a variant. Raises: Uneditable."""
        return self._set(("at", symbol), value, variant)

    def set_let(self, name: str, value: str, variant: str | None = None) -> TextEdit:
        """The value of a let, in the spec or in a variant; of a function, its body. Raises: Uneditable."""
        return self._set(("let", name), value, variant)

    # How

    def _inserted(self, step: Step, text: str, offset: int) -> TextEdit:
        location = self.manuscript.step(step)
        steps, index = location.parent, location.path[-1]
        assert isinstance(steps, Sequence) and isinstance(index, int), "steps stand in lists"
        if not _holds_steps(location.path[:-1]):
            raise Uneditable("a step beside a branch would be a branch of its own")
        given = data(text)
        edits = inserted(self.manuscript, steps, location.in_flow, index + offset, None, given)

        def longer(items: Plain) -> Plain:
            assert isinstance(items, list), "steps stand in lists"
            return [*items[: index + offset], plain(given), *items[index + offset :]]

        return self._proved(edits, location.path[:-1], longer)

    def _set(self, path: tuple[str, ...], value: str, variant: str | None) -> TextEdit:
        """Put a value at a path, with the maps on the way to it that are missing."""
        manuscript, given = self.manuscript, data(value)
        if variant is not None:
            path = ("variants", variant, *path)
        known: tuple[Key, ...] = ()
        location = Location(manuscript.root, (), None, None, False)
        for index, key in enumerate(path):
            node = location.node
            if isinstance(node, Scalar) and node.is_null:
                edits = replaced(manuscript, location, _nested(path[index:], given))
                return self._proved(edits, (*known, *path[index:]), _instead(plain(given)))
            if not isinstance(node, Mapping):
                raise Uneditable(f"`{known[-1] if known else 'the spec'}` is no map")
            entry = next(((name, inner) for name, inner in node.entries if _names(name, key, path)), None)
            if entry is None:
                position = _position(node, key, path[:index])
                within = _nested(path[index + 1 :], given)
                edits = inserted(manuscript, node, location.in_flow, position, key, within)
                return self._proved(edits, (*known, *path[index:]), _instead(plain(given)))
            in_flow = location.in_flow or manuscript.is_bracketed(node)
            known = (*known, entry[0].text)
            location = Location(entry[1], known, node, entry[0], in_flow)
        return self._proved(replaced(manuscript, location, given), known, _instead(plain(given)))

    # The proof

    def _proved(self, edits: list[TextEdit], path: tuple[Key, ...], change: Callable[[Plain], Plain]) -> TextEdit:
        """The edits as one, if the changed text reads as plain data that is changed at this path and nowhere else."""
        edit, changed = self._made(edits)
        if plain(changed.root) != _changed(plain(self.manuscript.root), path, change):
            raise Uneditable("the change would touch something else")
        return edit

    def _proved_call(self, call: StepCall, edits: list[TextEdit], expected: dict[str, Plain]) -> TextEdit:
        """The same for a step's arguments, which may be written in several ways that say the same."""
        edit, changed = self._made(edits)
        path = call.location.path
        node = changed.at(path)
        now = StepCall(changed, call.location._replace(node=node))
        if {name: plain(given) for name, given in now.arguments().items()} != expected:
            raise Uneditable("the change would touch other arguments")
        before = _changed(plain(self.manuscript.root), path, _instead(_besides(call)))
        after = _changed(plain(changed.root), path, _instead(_besides(now)))
        if before != after or now.key.text != call.key.text:
            raise Uneditable("the change would touch something else")
        return edit

    def _made(self, edits: list[TextEdit]) -> tuple[TextEdit, Manuscript]:
        old = self.manuscript
        edit = joined(old.text, edits)
        changed = self._read(apply(old.text, [edit]))
        if changed.problems > old.problems:
            raise Uneditable("the changed text could not be read as before")
        return edit, changed


def _names(key: Scalar, name: str, path: tuple[str, ...]) -> bool:
    """Whether a key has this name; lets may have parameters behind theirs."""
    return key.text == name or ("let" in path and key.text.partition("(")[0].strip() == name)


def _holds_steps(path: tuple[Key, ...]) -> bool:
    """Whether the list at a path is one of steps, not of branches: of a network, a block, a group or a branch."""
    return (
        path == ("layers",) or (path[0] == "blocks" and len(path) == 2) or path[-1] == "do" or isinstance(path[-1], int)
    )


def _position(node: Mapping, key: str, above: tuple[str, ...]) -> int:
    """Where a new key goes: in the order of the language where it has one, else to the end."""
    order = SPEC_KEYS if not above else VARIANT_KEYS if len(above) == 2 and above[0] == "variants" else ()
    if key not in order:
        return len(node.entries)
    earlier = order[: order.index(key)]
    return max((index + 1 for index, (name, _) in enumerate(node.entries) if name.text in earlier), default=0)


def _nested(path: tuple[str, ...], value: Node) -> Node:
    """A value inside of maps of one key each."""
    for key in reversed(path):
        value = made_map({key: value})
    return value


def _besides(call: StepCall) -> Plain:
    """What a step says besides its kind and its arguments."""
    node = call.location.node
    others = [entry for entry in node.entries if entry[0] is not call.key] if isinstance(node, Mapping) else []
    return {name.text: plain(value) for name, value in others if call.signature.own(name.text) not in call.beside}


def _changed(root: Plain, path: tuple[Key, ...], change: Callable[[Plain], Plain]) -> Plain:
    """Plain data with the value at a path changed; maps that are missing on the way are made."""
    if not path:
        return change(root)
    key, rest = path[0], path[1:]
    if isinstance(key, int):
        assert isinstance(root, list), "an index leads into a list"
        return [*root[:key], _changed(root[key], rest, change), *root[key + 1 :]]
    inner = root if isinstance(root, dict) else {}
    return {**inner, key: _changed(inner.get(key), rest, change)}


def _instead(value: Plain) -> Callable[[Plain], Plain]:
    return lambda _: value
