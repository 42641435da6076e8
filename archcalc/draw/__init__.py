"""Pictures of networks: what is drawn (`model`), as text for Graphviz (`dot`), and rendered (`rendering`)."""
