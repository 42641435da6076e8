"""What an editor shows about a text: where names stand, and what it means to change them."""
