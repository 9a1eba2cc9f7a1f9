"""What plugins declare, and the host that finds, checks and isolates them."""
