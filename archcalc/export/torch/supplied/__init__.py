"""What PyTorch does not have, in PyTorch: a generated module gets a copy of what it uses.

Every definition needs PyTorch and other definitions of these modules, nothing else, so that its text can stand in any
file.
"""
