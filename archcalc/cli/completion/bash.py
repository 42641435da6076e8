"""Completion for bash, from version 3.2 on (that of macOS)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archcalc.cli.completion.vocabulary import ENDINGS, Vocabulary
from archcalc.cli.surface import Command, Value

_ENGINE = r"""
_archcalc_files() { # ENDINGS: files with one of them (any file without), and folders
    local name
    while IFS= read -r name; do
        if [[ -d $name ]]; then
            COMPREPLY+=("$name/")
        elif [[ -z $1 || $name =~ \.($1)$ ]]; then
            COMPREPLY+=("$name")
        fi
    done < <(compgen -f -- "$cur")
}

_archcalc_words() { # WORD...: those that begin like what is being typed
    local word
    for word in "$@"; do
        if [[ $word == "$cur"* ]]; then COMPREPLY+=("$word"); fi
    done
}

_archcalc_from() { # SOURCE WORD...: what a value is chosen from
    local source=$1
    shift
    _archcalc_words "$@"
    case $source in
    networks)
        # Variants are offered behind a colon; before it they would hide the names.
        if [[ $cur == *:* ]]; then _archcalc_words $_archcalc_variants; else _archcalc_words $_archcalc_names; fi
        _archcalc_files "$_archcalc_endings"
        ;;
    specs) _archcalc_files "$_archcalc_endings" ;;
    files) _archcalc_files "" ;;
    esac
}

_archcalc() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev="" command="" place=0 word i
    local -a words=()
    COMPREPLY=()
    # Bash takes `resnet:50` and `--format=json` apart; here they are words again.
    for ((i = 1; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if ((${#words[@]})) && [[ $word == [:=]* || ${words[${#words[@]} - 1]} == *[:=] ]]; then
            words[${#words[@]} - 1]+=$word
        else
            words+=("$word")
        fi
    done
    if [[ ${COMP_LINE:0:COMP_POINT} == *[[:space:]] && -n ${words[${#words[@]} - 1]} ]]; then words+=(""); fi
    cur=${words[${#words[@]} - 1]//\\/}
    for ((i = 0; i < ${#words[@]} - 1; i++)); do
        word=${words[i]}
        if [[ -z $command ]]; then
            [[ $word == -* ]] || command=$word
        elif [[ $word == -?* ]]; then
            prev=$word
            continue
        elif [[ -z $prev ]] || ! _archcalc_takes "$command" "$prev"; then
            place=$((place + 1))
        fi
        prev=""
    done
    if [[ $cur == --*=* ]]; then
        prev=${cur%%=*}
        cur=${cur#*=}
    fi
    if [[ -z $command ]]; then
        _archcalc_words $_archcalc_commands --help --version
    elif [[ -n $prev ]] && _archcalc_takes "$command" "$prev"; then
        _archcalc_value "$command" "$prev"
    elif [[ $cur == -* ]]; then
        _archcalc_words $(_archcalc_options "$command")
    else
        _archcalc_argument "$command" "$place"
    fi
    # What stands in front of the last colon is on the line already, and bash leaves it there.
    if [[ $cur == *:* && $COMP_WORDBREAKS == *:* ]]; then
        local before=${cur%"${cur##*:}"}
        for ((i = 0; i < ${#COMPREPLY[@]}; i++)); do COMPREPLY[i]=${COMPREPLY[i]#"$before"}; done
    fi
    if ((${#COMPREPLY[@]})) && type compopt >/dev/null 2>&1; then
        compopt -o filenames 2>/dev/null
        if ((${#COMPREPLY[@]} == 1)) && [[ ${COMPREPLY[0]} == */ ]]; then compopt -o nospace 2>/dev/null; fi
    fi
    return 0
}

complete -F _archcalc archcalc
"""


def script(commands: Sequence[Command], vocabulary: Vocabulary) -> str:
    """The script: data as functions and lists, and what looks things up in them."""
    return "\n".join(_lines(commands, vocabulary)) + _ENGINE


def _lines(commands: Sequence[Command], vocabulary: Vocabulary) -> Iterator[str]:
    yield "# Completion of archcalc for bash. `archcalc completion bash` writes it."
    yield f"_archcalc_commands='{' '.join(command.name for command in commands)}'"
    yield f"_archcalc_names='{' '.join(vocabulary.names)}'"
    yield f"_archcalc_variants='{' '.join(vocabulary.variants)}'"
    yield f"_archcalc_endings='{'|'.join(ENDINGS)}'"
    yield ""
    yield "_archcalc_options() { # COMMAND: its options"
    yield "    case $1 in"
    for command in commands:
        yield f"    {command.name}) echo '{' '.join(name for one in command.options for name in one.names)}' ;;"
    yield "    esac"
    yield "}"
    yield ""
    yield "_archcalc_takes() { # COMMAND OPTION: whether a value belongs to the option"
    yield "    case $1:$2 in"
    for command in commands:
        taking = [f"{command.name}:{name}" for one in command.options if one.value for name in one.names]
        if taking:
            yield f"    {' | '.join(taking)}) return 0 ;;"
    yield "    esac"
    yield "    return 1"
    yield "}"
    yield ""
    yield "_archcalc_value() { # COMMAND OPTION: what its value is chosen from"
    yield "    case $1:$2 in"
    for command in commands:
        for one in command.options:
            if one.value is not None and one.value.source != "anything":
                yield f"    {' | '.join(f'{command.name}:{name}' for name in one.names)}) {_from(one.value)} ;;"
    yield "    esac"
    yield "}"
    yield ""
    yield "_archcalc_argument() { # COMMAND PLACE: what an argument is chosen from"
    yield "    case $1:$2 in"
    for command in commands:
        for place, argument in enumerate(command.arguments):
            if argument.value.source != "anything":
                yield f"    {command.name}:{'*' if argument.value.many else place}) {_from(argument.value)} ;;"
    yield "    esac"
    yield "}"


def _from(value: Value) -> str:
    return " ".join(["_archcalc_from", value.source, *value.words])
