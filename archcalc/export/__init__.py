"""What a network becomes in other languages."""
