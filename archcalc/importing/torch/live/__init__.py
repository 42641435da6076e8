"""What needs PyTorch: building modules and tracing them. Whoever uses it imports it then, and not before."""
