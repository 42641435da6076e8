"""The report page: a network as one HTML file, which computes every number again for the sizes that are chosen."""
