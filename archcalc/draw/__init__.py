"""Pictures of networks as graphs: what is drawn (`model`), where it stands (`layout`), and DOT for Graphviz (`dot`)."""
