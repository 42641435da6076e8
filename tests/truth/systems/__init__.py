"""One module for each family of systems: what accounts for its entries of the truth table.

A module states `SYSTEMS`, the number of entries of each of its systems, and then any of

* `NETWORKS`: which network of the catalogue is which variant of the table; the figures that every network has
  (`truth_reading.QUANTITIES`) are read from there;
* `PUBLISHED`: for a printed number the claims of the catalogue that state it;
* `SINGLE`: for everything else a function that compares the entry with what archcalc computes;
* `NOT_COMPUTED`: the reason why no calculator of architectures can know the entry.
"""
