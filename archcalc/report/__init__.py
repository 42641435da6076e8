"""Results: what a check found, as data, as text for a terminal and as JSON."""
