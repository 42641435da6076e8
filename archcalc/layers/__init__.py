"""Layers, one room per family: fields, shape rule, cost rule and PyTorch counterpart stand together."""
