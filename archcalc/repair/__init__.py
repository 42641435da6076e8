"""Repairs of sizes that do not fit: changes of the spec, each made, checked and decided again before it is offered.

for repair in repairs(program):
    print(repair.title, repair.why, repair.legal)
"""

from archcalc.repair.harms import Harm
from archcalc.repair.help_lines import explained, help_lines, legal_text
from archcalc.repair.making import Mended
from archcalc.repair.model import Repair
from archcalc.repair.search import MOST_WORK, repairs

__all__ = ["MOST_WORK", "Harm", "Mended", "Repair", "explained", "help_lines", "legal_text", "repairs"]
