"""Functions of the language that Python lacks."""


def divisible(value: float, divisor: int) -> int:
    """Round to a multiple of the divisor, to nine tenths of the value at least."""
    found = max(divisor, int(value + divisor / 2) // divisor * divisor)
    return found + divisor if 10 * found < 9 * value else found
