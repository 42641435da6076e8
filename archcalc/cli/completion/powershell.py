"""Completion for PowerShell, from version 5 on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archcalc.cli.completion.vocabulary import ENDINGS, Vocabulary
from archcalc.cli.surface import Command, Value

_ENGINE = r"""
Register-ArgumentCompleter -Native -CommandName archcalc -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $current = [string]$wordToComplete
    $before = @(
        $commandAst.CommandElements | Select-Object -Skip 1 |
            Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { $_.ToString() }
    )
    $command = $null
    $option = $null
    $place = 0
    foreach ($word in $before) {
        if ($null -eq $command) {
            if (-not $word.StartsWith('-')) { $command = $word }
        } elseif ($word.StartsWith('-') -and $word.Length -gt 1) {
            $option = $word
            continue
        } elseif ($null -eq $option -or -not $archcalcValues.ContainsKey("$command $option")) {
            $place += 1
        }
        $option = $null
    }

    function Get-Chosen($value) {
        $found = @($value.Words)
        if ($value.Source -eq 'networks') {
            # Variants are offered behind a colon; before it they would hide the names.
            $found += if ($current.Contains(':')) { $archcalcVariants } else { $archcalcNames }
        }
        $found | Where-Object { $_ -like "$current*" } | ForEach-Object { @{ Text = $_; Help = $_ } }
        if ($value.Source -in 'networks', 'specs', 'files') {
            $folder = if ($current -match '^(.*[\\/])') { $Matches[1] } else { '' }
            Get-ChildItem -Path "$current*" -ErrorAction SilentlyContinue | Where-Object {
                $_.PSIsContainer -or $value.Source -eq 'files' -or $_.Name -match $archcalcEndings
            } | ForEach-Object {
                $path = $folder + $_.Name + $(if ($_.PSIsContainer) { '/' } else { '' })
                if ($path -match '\s') { $path = "'" + $path + "'" }
                @{ Text = $path; Help = $_.Name }
            }
        }
    }

    $found = if ($null -eq $command) {
        $archcalcCommands
    } elseif ($null -ne $option -and $archcalcValues.ContainsKey("$command $option")) {
        Get-Chosen $archcalcValues["$command $option"]
    } elseif ($current.StartsWith('-')) {
        $archcalcOptions[$command]
    } elseif ($archcalcArguments.ContainsKey("$command *")) {
        Get-Chosen $archcalcArguments["$command *"]
    } elseif ($archcalcArguments.ContainsKey("$command $place")) {
        Get-Chosen $archcalcArguments["$command $place"]
    }
    $found | Where-Object { $_.Text -like "$current*" -or $_.Text -like "'$current*" } | ForEach-Object {
        [System.Management.Automation.CompletionResult]::new($_.Text, $_.Text, 'ParameterValue', $_.Help)
    }
}
"""


def script(commands: Sequence[Command], vocabulary: Vocabulary) -> str:
    """The script: tables, and what looks things up in them."""
    return "\n".join(_lines(commands, vocabulary)) + _ENGINE


def _lines(commands: Sequence[Command], vocabulary: Vocabulary) -> Iterator[str]:
    yield "# Completion of archcalc for PowerShell. `archcalc completion powershell` writes it."
    yield f"$archcalcNames = {_list(vocabulary.names)}"
    yield f"$archcalcVariants = {_list(vocabulary.variants)}"
    yield f"$archcalcEndings = '\\.({'|'.join(ENDINGS)})$'"
    yield "$archcalcCommands = @("
    for command in commands:
        yield f"    {_entry(command.name, command.purpose)}"
    yield ")"
    yield "$archcalcOptions = @{"
    for command in commands:
        yield f"    {_quoted(command.name)} = @("
        for option in command.options:
            for name in option.names:
                yield f"        {_entry(name, option.brief)}"
        yield "    )"
    yield "}"
    yield "$archcalcValues = @{"
    for command in commands:
        for option in command.options:
            for name in option.names if option.value else ():
                yield f"    {_quoted(f'{command.name} {name}')} = {_value(option.value)}"
    yield "}"
    yield "$archcalcArguments = @{"
    for command in commands:
        for place, argument in enumerate(command.arguments):
            name = f"{command.name} {'*' if argument.value.many else place}"
            yield f"    {_quoted(name)} = {_value(argument.value)}"
    yield "}"


def _value(value: Value | None) -> str:
    assert value is not None, "asked for those that take one"
    return f"@{{ Source = {_quoted(value.source)}; Words = {_list(value.words)} }}"


def _entry(text: str, help: str) -> str:
    return f"@{{ Text = {_quoted(text)}; Help = {_quoted(help)} }}"


def _list(words: Sequence[str]) -> str:
    return f"@({', '.join(map(_quoted, words))})"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
