"""What archcalc knows of a text, as the protocol says it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lsprotocol import types

from archcalc.diagnostics.codes.language import UNUSED_NAME
from archcalc.diagnostics.model import Diagnostic, Replacement
from archcalc.editor import completion
from archcalc.editor.actions import Action
from archcalc.editor.hints import Hint
from archcalc.editor.hover import Hover
from archcalc.editor.lenses import Lens
from archcalc.editor.outline import Entry, Fold
from archcalc.lsp.positions import Places
from archcalc.lsp.session import message

_SEVERITIES = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "note": types.DiagnosticSeverity.Information,
}
_SYMBOLS: dict[str, types.SymbolKind] = {
    "key": types.SymbolKind.Namespace,
    "block": types.SymbolKind.Function,
    "layer": types.SymbolKind.Field,
    "group": types.SymbolKind.Module,
    "variant": types.SymbolKind.Class,
    "value": types.SymbolKind.Constant,
}
_ITEMS: dict[str, types.CompletionItemKind] = {
    "kind": types.CompletionItemKind.Class,
    "block": types.CompletionItemKind.Function,
    "function": types.CompletionItemKind.Function,
    "field": types.CompletionItemKind.Field,
    "key": types.CompletionItemKind.Keyword,
    "word": types.CompletionItemKind.EnumMember,
    "map": types.CompletionItemKind.Variable,
    "value": types.CompletionItemKind.Constant,
    "layer": types.CompletionItemKind.Module,
}


def diagnostic(found: Diagnostic, uri: str, places: Places) -> types.Diagnostic:
    """A finding with its labels as places that belong to it."""
    related = [
        types.DiagnosticRelatedInformation(types.Location(uri, places.range(label.span)), label.text)
        for label in found.labels
    ]
    return types.Diagnostic(
        range=places.range(found.span),
        severity=_SEVERITIES[found.severity],
        code=found.code.id,
        source="archcalc",
        message=message(found),
        related_information=related or None,
        tags=[types.DiagnosticTag.Unnecessary] if found.code is UNUSED_NAME else None,
    )


def hint(found: Hint, places: Places) -> types.InlayHint:
    """A hint behind what stands at its place."""
    return types.InlayHint(
        position=places.position(found.line, found.column),
        label=found.text,
        tooltip=found.tooltip,
        padding_left=True,
    )


def lens(found: Lens, uri: str, places: Places) -> types.CodeLens:
    """A lens; that of a network gets its title when it comes into sight."""
    place = places.range(found.span)
    if found.title is None:
        return types.CodeLens(place, data={"uri": uri, "variant": found.variant})
    return types.CodeLens(place, command=types.Command(found.title, ""))


def hover(found: Hover, places: Places) -> types.Hover:
    """Markdown about a stretch of the text."""
    content = types.MarkupContent(types.MarkupKind.Markdown, found.markdown)
    return types.Hover(content, places.range(found.span))


def completions(items: Iterable[completion.Item], word: types.Range) -> types.CompletionList:
    """What can be typed in the place of a word, in the order in which it is offered."""
    return types.CompletionList(
        is_incomplete=False,
        items=[
            types.CompletionItem(
                label=item.label,
                kind=_ITEMS[item.sort],
                detail=item.about or None,
                sort_text=f"{place:05}",
                text_edit=types.TextEdit(word, item.text),
                data={"label": item.label, "sort": item.sort},
            )
            for place, item in enumerate(items)
        ],
    )


def symbols(entries: Sequence[Entry], places: Places) -> list[types.DocumentSymbol]:
    """The outline of a text."""
    return [
        types.DocumentSymbol(
            name=entry.name,
            kind=_SYMBOLS[entry.sort],
            range=places.range(entry.span),
            selection_range=places.range(entry.key),
            detail=entry.detail or None,
            children=symbols(entry.children, places),
        )
        for entry in entries
    ]


def fold(found: Fold) -> types.FoldingRange:
    """Lines that can be hidden."""
    return types.FoldingRange(found.first - 1, found.last - 1)


def edits(changes: Iterable[Replacement], places: Places) -> list[types.TextEdit]:
    """Changes of a text."""
    return [types.TextEdit(places.range(change.span), change.text) for change in changes]


def action(
    found: Action, uri: str, version: int, places: Places, about: Sequence[types.Diagnostic]
) -> types.CodeAction:
    """A change that can be chosen. One that has to be decided on is shown before it is made, with what is worse."""
    changes = edits(found.changes, places)
    annotations = None
    annotated: list[types.TextEdit | types.AnnotatedTextEdit | types.SnippetTextEdit] = [*changes]
    if not found.is_safe:
        why = "; ".join(found.harms) or "it changes the network"
        annotations = {"harm": types.ChangeAnnotation(found.title, needs_confirmation=True, description=why)}
        annotated = [types.AnnotatedTextEdit("harm", edit.range, edit.new_text) for edit in changes]
    document = types.OptionalVersionedTextDocumentIdentifier(uri, version)
    edit = types.WorkspaceEdit(
        document_changes=[types.TextDocumentEdit(document, annotated)], change_annotations=annotations
    )
    return types.CodeAction(
        title=found.title if found.is_safe else f"{found.title} …",
        kind=types.CodeActionKind.QuickFix,
        diagnostics=[one for one in about if one.code == found.code] or None,
        is_preferred=found.is_safe or None,
        edit=edit,
    )


def fix_all(changes: Iterable[Replacement], uri: str, version: int, places: Places) -> types.CodeAction:
    """All safe repairs of a text."""
    return types.CodeAction(
        title="Make all safe repairs",
        kind=types.CodeActionKind.SourceFixAll,
        edit=workspace_edit(changes, uri, version, places),
    )


def workspace_edit(changes: Iterable[Replacement], uri: str, version: int, places: Places) -> types.WorkspaceEdit:
    """Changes of a version of a text."""
    document = types.OptionalVersionedTextDocumentIdentifier(uri, version)
    return types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(document, edits(changes, places))])
