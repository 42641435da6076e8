"""Questions: conditions on quantities and values of names, as people write them, measured in one network."""
