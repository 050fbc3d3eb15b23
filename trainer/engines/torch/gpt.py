"""GPT-2 (Radford et al., 2019), equal to model/gpt.ts, with Hugging Face's names and layout of tensors."""
import math

import torch
from torch import nn
from torch.nn import functional as F

_EPSILON = 1e-5
# Rows of the tied head are filled up to a multiple of this: tensor cores are slow at odd sizes such as 50257.
_HEAD_MULTIPLE = 64
# From PyTorch 2 on.
_HAS_FUSED_ATTENTION = hasattr(F, "scaled_dot_product_attention")


class Gpt(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.wte = nn.Embedding(shape.vocab, shape.width)
        self.wpe = nn.Embedding(shape.context, shape.width)
        self.h = nn.ModuleList(Block(shape.width, shape.heads) for _ in range(shape.layers))
        self.ln_f = nn.LayerNorm(shape.width, eps=_EPSILON)
        self._spare_rows = -shape.vocab % _HEAD_MULTIPLE
        logit_bias = F.pad(torch.zeros(shape.vocab), (0, self._spare_rows), value=-math.inf)
        self.register_buffer("_logit_bias", logit_bias, persistent=False)

    def forward(self, ids, targets):
        """ids and targets int64 (sequences, tokens) -> mean cross entropy, nats a token"""
        x = self.wte(ids) + self.wpe.weight[: ids.shape[1]]
        for block in self.h:
            x = block(x)
        head = F.pad(self.wte.weight, (0, 0, 0, self._spare_rows))
        logits = F.linear(self.ln_f(x), head, self._logit_bias)
        return F.cross_entropy(logits.flatten(0, 1).float(), targets.flatten())


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.ln_1 = nn.LayerNorm(width, eps=_EPSILON)
        self.attn = Attention(width, heads)
        self.ln_2 = nn.LayerNorm(width, eps=_EPSILON)
        self.mlp = Mlp(width)

    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self._heads = heads
        self.c_attn = Linear(width, 3 * width)
        self.c_proj = Linear(width, width)

    def forward(self, x):
        queries, keys, values = (
            part.unflatten(-1, (self._heads, -1)).transpose(1, 2) for part in self.c_attn(x).chunk(3, dim=-1)
        )
        return self.c_proj(_attend(queries, keys, values).transpose(1, 2).flatten(2))


class Mlp(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.c_fc = Linear(width, 4 * width)
        self.c_proj = Linear(4 * width, width)

    def forward(self, x):
        return self.c_proj(F.gelu(self.c_fc(x), approximate="tanh"))


class Linear(nn.Module):
    """GPT-2's Conv1D."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(inputs, outputs))
        self.bias = nn.Parameter(torch.empty(outputs))

    def forward(self, x):
        return torch.addmm(self.bias, x.flatten(0, 1), self.weight).unflatten(0, x.shape[:2])


def _attend(queries, keys, values):
    """Causal attention; each (sequences, heads, tokens, features of a head)."""
    if _HAS_FUSED_ATTENTION:
        return F.scaled_dot_product_attention(queries, keys, values, is_causal=True)
    tokens, features = queries.shape[-2:]
    scores = queries @ keys.transpose(-1, -2) / math.sqrt(features)
    future = torch.ones(tokens, tokens, dtype=torch.bool, device=scores.device).triu(1)
    return scores.masked_fill(future, -math.inf).softmax(-1) @ values
