"""From PyTorch: what a module did when it ran once, and the layers that it is made of."""
