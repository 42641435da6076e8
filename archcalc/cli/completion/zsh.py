"""Completion for zsh, by its own `_arguments`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archcalc.cli.completion.vocabulary import ENDINGS, Vocabulary
from archcalc.cli.surface import Argument, Command, Option, Value

_ENGINE = r"""
_archcalc_specs() { # files of specs, and folders
    _files -g "*.(${(j:|:)_archcalc_endings})(-.)"
}

_archcalc_networks() { # WORD...: besides networks of the catalogue and files
    if (( $# )) compadd -- "$@"
    # Variants are offered behind a colon; before it they would hide the names.
    if [[ $PREFIX == *:* ]]; then
        compadd -- $_archcalc_variants
    else
        compadd -- $_archcalc_names
    fi
    _archcalc_specs
}

_archcalc() {
    local line state
    local -a commands
    _arguments -C '(- *)'{-h,--help}'[show the help]' '(- *)--version[show the version]' \
        '1: :->command' '*:: :->arguments'
    case $state in
    command)
        commands=(
$COMMANDS
        )
        _describe command commands
        ;;
    arguments)
        case $line[1] in
$CASES
        esac
        ;;
    esac
}

if [[ $funcstack[1] == _archcalc ]]; then
    _archcalc "$@"
else
    compdef _archcalc archcalc
fi
"""


_CHOOSERS = {"networks": "_archcalc_networks", "specs": "_archcalc_specs", "files": "_files", "anything": " "}
"""What offers values of a source."""


def script(commands: Sequence[Command], vocabulary: Vocabulary) -> str:
    """The script: it can be a file `_archcalc` of `fpath`, or be sourced."""
    listed = "\n".join(f"            {_quoted(f'{one.name}:{one.purpose}')}" for one in commands)
    cases = "\n".join(line for one in commands for line in _case(one))
    head = "\n".join(
        (
            "#compdef archcalc",
            "# Completion of archcalc for zsh. `archcalc completion zsh` writes it.",
            f"typeset -ga _archcalc_names=({' '.join(vocabulary.names)})",
            f"typeset -ga _archcalc_variants=({' '.join(vocabulary.variants)})",
            f"typeset -ga _archcalc_endings=({' '.join(ENDINGS)})",
        )
    )
    return f"{head}\n{_ENGINE}".replace("$COMMANDS", listed).replace("$CASES", cases)


def _case(command: Command) -> Iterator[str]:
    yield f"        {command.name})"
    specs = [*map(_option, command.options)]
    places = [_argument(place, one) for place, one in enumerate(command.arguments, start=1)]
    yield " \\\n".join(
        [f"            _arguments {specs[0]}", *(f"                {one}" for one in [*specs[1:], *places])]
    )
    yield "            ;;"


def _option(option: Option) -> str:
    """A specification of `_arguments`; the names of one option exclude each other, unless it may be repeated."""
    excluded = "*" if option.repeats else f"({' '.join(option.names)})" if len(option.names) > 1 else ""
    names = option.names[0] if len(option.names) == 1 else f"{{{','.join(option.names)}}}"
    text = f"[{_bracketed(option.brief)}]{_value(option.value) if option.value else ''}"
    if len(option.names) == 1:
        return _quoted(f"{excluded}{names}{'=' if option.value else ''}{text}")
    return f"{_quoted(excluded)}{names}{_quoted(text)}"


def _argument(place: int, argument: Argument) -> str:
    value = argument.value
    return _quoted(f"{'*' if value.many else place}{':' if value.optional and not value.many else ''}{_value(value)}")


def _value(value: Value) -> str:
    """The name of a value, and how it is completed."""
    name = value.name.replace(":", " ")
    if value.source == "words":
        return f":{name}:({' '.join(value.words)})"
    return f":{name}:{' '.join([_CHOOSERS[value.source], *value.words])}"


def _bracketed(text: str) -> str:
    return text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]").replace(":", "\\:")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
