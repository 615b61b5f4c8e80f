"""Fit: does every model server have the memory that it needs, on each machine it may land on?

`shape` is the model, `launch` what the engine is told, `gpu` what it runs on; `cache` and `memory` are vLLM's arithmetic, `neuron` and
`host` that of the other places memory is needed in. They know nothing of manifests. `servers` finds who serves in a tree, `check` judges.
"""
