"""For which sizes is a network legal? Exact sets of sizes, with the layers that ask for what.

`sets` has the sets of integers, `axis` decides for one symbol, `joint` for several that are tied together, `decision`
puts both together, and `question` finds out what a network asks for.
"""
