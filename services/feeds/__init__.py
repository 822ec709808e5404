"""Calendar feeds: who may have which link, and what is in them."""
