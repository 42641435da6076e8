"""Short names for long sizes: `a = floor((N + 1)/2)`, so that closed forms fit into a table."""

from __future__ import annotations

from collections.abc import Iterable
from string import ascii_lowercase

from archcalc.dims import Dim, Number, Polynomial, divide, free_symbols, symbol
from archcalc.dims.atoms import Atom, Symbol


class Letters:
    """Names the roundings in a set of values by letters, in the order in which they appear."""

    def __init__(self, values: Iterable[Dim]) -> None:
        forms = [value for value in dict.fromkeys(values) if isinstance(value, Polynomial)]
        taken = {name for form in forms for name in free_symbols(form)}
        free = (letter for letter in ascii_lowercase if letter not in taken)
        self.names: dict[Atom, str] = {}
        for form in forms:
            for monomial in form.terms:
                for atom, _ in monomial:
                    if isinstance(atom, Symbol) or atom in self.names:
                        continue
                    letter = next(free, None)
                    if letter is not None:
                        self.names[atom] = letter

    def short(self, value: Dim) -> Dim:
        """The value in letters.

        >>> from archcalc.dims import floor_div
        >>> half = floor_div(symbol("N") + 1, 2)
        >>> print(Letters([half]).short(3 * half * half))
        3*a**2
        """
        if not isinstance(value, Polynomial) or not self.names:
            return value
        total: Number = 0
        for monomial, coefficient in value.terms.items():
            product: Number = coefficient
            for atom, power in monomial:
                product = product * self._factor(atom) ** power
            total = total + product
        short = divide(total, value.denominator)
        assert isinstance(short, (int, Polynomial))
        return short

    def _factor(self, atom: Atom) -> Polynomial:
        if atom in self.names:
            return symbol(self.names[atom])
        return Polynomial({((atom, 1),): 1}, 1)

    def legend(self) -> list[str]:
        """What each letter stands for."""
        return [f"{letter} = {Polynomial({((atom, 1),): 1}, 1)}" for atom, letter in self.names.items()]
