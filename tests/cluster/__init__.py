"""The tree on a real control plane: `make test-cluster`."""
