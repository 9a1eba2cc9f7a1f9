"""What tells won deals from lost ones."""
