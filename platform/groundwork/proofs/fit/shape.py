"""The shape of a model: the numbers from which memory follows, whoever serves it."""

from __future__ import annotations

from dataclasses import dataclass

from groundwork.fleet.model import Experts, Model, SlidingWindow

__all__ = ["Shape"]

# Weights of these types stay in 16 bit where they are embeddings, output layers or norms.
_QUANTIZED = frozenset({"fp8", "int8", "int4", "mxfp4", "nvfp4"})
# The largest image that vLLM lets in unless told otherwise: that of the Qwen-VL models, which take any size.
_LARGEST_IMAGE = 16384


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """A model. `weights` is the size of its files in bytes, `dtype` the type of its linear layers as published.

    `latent` counts the values per token and layer that latent attention keeps, `indexed_layers` the layers with an index for
    sparse attention, `image_tokens` the tokens of the largest image: each 0 where there is none. `tied` means that one matrix is
    embedding and output layer.
    """

    weights: int
    parameters: int
    layers: int
    heads: int
    kv_heads: int
    head_dim: int
    hidden: int
    vocabulary: int
    positions: int
    dtype: str
    tied: bool = False
    latent: int = 0
    indexed_layers: int = 0
    experts: Experts | None = None
    window: SlidingWindow | None = None
    image_tokens: int = 0

    @classmethod
    def of(cls, model: Model) -> Shape:
        """The shape of a declared model."""
        given = model.architecture
        latent = given.latent_attention
        return cls(
            weights=given.bytes_of_weights,
            parameters=given.parameters,
            layers=given.layers,
            heads=given.heads,
            kv_heads=given.kv_heads,
            head_dim=given.head_dim,
            hidden=given.hidden,
            vocabulary=given.vocabulary,
            positions=given.positions,
            dtype=given.dtype,
            latent=latent.kv_lora_rank + latent.rope_head_dim if latent else 0,
            indexed_layers=latent.indexed_layers if latent else 0,
            experts=given.experts,
            window=given.sliding_window,
            image_tokens=_LARGEST_IMAGE if model.images else 0,
        )

    @property
    def quantized(self) -> bool:
        """Whether its linear layers are smaller than 16 bit."""
        return self.dtype in _QUANTIZED

    @property
    def vocabulary_matrix(self) -> int:
        """Parameters of the embeddings, and of the output layer."""
        return self.vocabulary * self.hidden

    @property
    def outside_layers(self) -> int:
        """Parameters of embeddings and output layer together."""
        return self.vocabulary_matrix * (1 if self.tied else 2)

    @property
    def inner(self) -> int:
        """Width of the feed-forward part of a layer without experts, from what attention leaves of its parameters."""
        attention = 2 * self.hidden * self.head_dim * (self.heads + self.kv_heads)
        of_a_layer = (self.parameters - self.outside_layers) // self.layers
        return max(0, of_a_layer - attention) // (3 * self.hidden)
