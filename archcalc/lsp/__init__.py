"""The language server: what an editor shows about a text, by the Language Server Protocol over standard streams."""
