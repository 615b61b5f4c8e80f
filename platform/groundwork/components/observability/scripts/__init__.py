"""Scripts that run in pods: plain Python, standard library only, tested here."""
