"""Towns with a known truth, and what measure makes of them."""
