"""Configuration: the table `[tool.archcalc]` of a pyproject.toml, found upwards, and what it asks of which spec."""
