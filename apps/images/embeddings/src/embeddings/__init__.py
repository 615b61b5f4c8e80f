"""Embeddings by llama.cpp, in replicas of Ray Serve."""
