"""The network that is fine-tuned: an encoder, the mean of its vectors over the text, one linear head for all labels."""

from __future__ import annotations

from typing import Any

import numpy as np

from discourse.train import dropout as dropouts
from discourse.train import targets
from discourse.train.base import Base

HIDDEN_DROPOUT = 0.1
"""As in pre-training (Devlin et al. 2019)."""
HELPS = ("asked.", "answered.")
"""Weights that help learning alone: a run from before they were there is opened without them."""
DEPTH = 2 / 3
"""How deep in the network a question's side and the answer to it must be known: above, the two can be put together."""


def bert(base: Base, *, attention_dropout: float = 0.1) -> Any:
    """Return a transformers ``BertModel`` with the base encoder's weights and no pooler.

    Its attention is the plain one: for short texts on CPUs torch's fused one takes longer, above all backwards.
    """
    import torch
    from transformers import BertConfig, BertModel

    config = {**base.config, "attention_probs_dropout_prob": attention_dropout}
    model = BertModel(BertConfig(**config, attn_implementation="eager"), add_pooling_layer=False)
    state = {name: torch.from_numpy(np.array(values)) for name, values in base.weights.items()}
    state["embeddings.word_embeddings.weight"] = torch.from_numpy(base.embeddings.unpacked())
    missing, unexpected = model.load_state_dict(state, strict=False)
    left = [name for name in missing if "position_ids" not in name]
    if left or unexpected:
        raise ValueError(f"weights do not fit the encoder: missing {left}, unexpected {unexpected}")
    return model


def network(base: Base, labels: int, *, dropout: float = 0.1, attention_dropout: float = 0.1) -> Any:
    """Return the trainable network: ``(ids, mask, types) -> scores`` of shape (texts, labels)."""
    import torch
    from torch import nn

    class Network(nn.Module):  # type: ignore[misc]
        """Word embeddings are frozen: they stay in 4 bits, and rare words keep what pre-training knew of them.

        ``asked`` and ``answered`` are helps for learning alone and are not exported.
        """

        def __init__(self) -> None:
            super().__init__()
            self.encoder = bert(base, attention_dropout=attention_dropout)
            dropouts.quick(self.encoder, HIDDEN_DROPOUT)
            self.encoder.embeddings.word_embeddings.weight.requires_grad_(False)
            self.dropout = nn.Dropout(dropout)
            self.head = nn.Linear(base.config["hidden_size"], labels)
            self.asked = nn.Linear(base.config["hidden_size"], len(targets.SIDES))
            self.answered = nn.Linear(base.config["hidden_size"], len(targets.SIDES))
            self.depth = round(DEPTH * base.config["num_hidden_layers"])
            if base.head:
                self.head.load_state_dict({k: torch.from_numpy(np.array(v)) for k, v in base.head.items()})

        def pooled(self, ids: Any, mask: Any, types: Any) -> Any:
            """Return the mean vector over the tokens of the text, which has read its context, shape (texts, width)."""
            out = self.encoder(input_ids=ids, attention_mask=mask, token_type_ids=types).last_hidden_state
            return _mean(out, mask * (1 - types))

        def forward(self, ids: Any, mask: Any, types: Any) -> Any:
            return self.head(self.dropout(self.pooled(ids, mask, types)))

        def learning(self, ids: Any, mask: Any, types: Any) -> tuple[Any, Any, Any]:
            """Return scores, and what lower layers make of the question and of the answer, shapes (texts, 3)."""
            out = self.encoder(input_ids=ids, attention_mask=mask, token_type_ids=types, output_hidden_states=True)
            scores = self.head(self.dropout(_mean(out.last_hidden_state, mask * (1 - types))))
            below = out.hidden_states[self.depth]
            return scores, self.asked(_mean(below, mask * types)), self.answered(_mean(below, mask * (1 - types)))

    torch.set_float32_matmul_precision("high")
    return Network()


def _mean(states: Any, which: Any) -> Any:
    """Return the mean of the states of some pieces, shape (texts, width)."""
    weight = which.unsqueeze(-1).to(states.dtype)
    return (states * weight).sum(1) / weight.sum(1).clamp(min=1)
