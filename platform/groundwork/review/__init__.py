"""What a change does and whether it may land: all checks run together, and their findings told to people and machines."""
