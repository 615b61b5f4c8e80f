"""The doors: the edge, the model gateway, the way out."""
