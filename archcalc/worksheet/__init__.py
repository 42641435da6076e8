"""What worksheets need besides reports: stated numbers held against computed ones, tables, and exercises."""

from archcalc.worksheet.agreements import Agreement, Agreements, agree, computed_value, together
from archcalc.worksheet.equations import Equation, equation
from archcalc.worksheet.exercises import Exercise, exercise
from archcalc.worksheet.networks import checked
from archcalc.worksheet.tables import Table, as_written, claims, shares, table

__all__ = [
    "Agreement",
    "Agreements",
    "Equation",
    "Exercise",
    "Table",
    "agree",
    "as_written",
    "checked",
    "claims",
    "computed_value",
    "equation",
    "exercise",
    "shares",
    "table",
    "together",
]
