"""The expression language: parsed by hand, evaluated exactly, never by Python."""
