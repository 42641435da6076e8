"""What people use: architectures and their reports, each of which opens every other room when it is asked."""
