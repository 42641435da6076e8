"""Completion for fish: a line for each option and argument."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archcalc.cli.completion.vocabulary import ENDINGS, Vocabulary
from archcalc.cli.surface import Command, Option, Value

_ENGINE = r"""
function __archcalc_is -d 'Whether the command is this one; without an argument, whether there is none yet'
    set -l words (commandline -opc)
    set -l command
    for word in $words[2..-1]
        if not string match -q -- '-*' $word
            set command $word
            break
        end
    end
    if test (count $argv) -eq 0
        test -z "$command"
    else
        test "$command" = $argv[1]
    end
end

function __archcalc_networks -d 'Networks of the catalogue, and files of specs'
    set -l token (commandline -ct)
    # Variants are offered behind a colon; before it they would hide the names.
    if string match -q -- '*:*' $token
        string split ' ' $__archcalc_variants
    else
        string split ' ' $__archcalc_names
    end
    __archcalc_specs
end

function __archcalc_specs -d 'Files of specs, and folders'
    set -l token (commandline -ct)
    for file in $token*
        if test -d $file
            echo $file/
        else if string match -qr -- "\.($__archcalc_endings)\$" $file
            echo $file
        end
    end
end

complete -c archcalc -f
complete -c archcalc -n __archcalc_is -s h -l help -d 'show the help'
complete -c archcalc -n __archcalc_is -l version -d 'show the version'
"""


def script(commands: Sequence[Command], vocabulary: Vocabulary) -> str:
    """The script."""
    return "\n".join(
        (
            "# Completion of archcalc for fish. `archcalc completion fish` writes it.",
            f"set -g __archcalc_names '{' '.join(vocabulary.names)}'",
            f"set -g __archcalc_variants '{' '.join(vocabulary.variants)}'",
            f"set -g __archcalc_endings '{'|'.join(ENDINGS)}'",
            _ENGINE.rstrip("\n"),
            *(line for command in commands for line in _lines(command)),
            "",
        )
    )


def _lines(command: Command) -> Iterator[str]:
    yield f"complete -c archcalc -n __archcalc_is -a {command.name} -d {_quoted(command.purpose)}"
    head = f"complete -c archcalc -n '__archcalc_is {command.name}'"
    for option in command.options:
        yield f"{head} {_names(option)}{_value(option.value) if option.value else ''} -d {_quoted(option.brief)}"
    for argument in command.arguments:
        if argument.value.source != "anything":
            yield f"{head}{_chosen(argument.value)}"


def _names(option: Option) -> str:
    return " ".join(f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in option.names)


def _value(value: Value) -> str:
    return " -r -F" if value.source == "files" else f" -x{_chosen(value)}"


def _chosen(value: Value) -> str:
    """What a value is chosen from; files are offered by fish where `-F` asks for them."""
    if value.source in ("files", "anything"):
        return " -F" if value.source == "files" else ""
    more = [] if value.source == "words" else [f"(__archcalc_{value.source})"]
    return f" -a {_quoted(' '.join([*value.words, *more]))}"


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
