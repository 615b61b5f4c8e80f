"""Programs that run inside of others' images."""
