"""Tables over choices: a space as a sum of tables, each over those choices alone that change what a step costs."""
