"""The peer of `npm run bench -- train`: GPT-2 trained eagerly in PyTorch, as one would write it for a CPU.

Reads JSON from stdin, line by line, and answers each with a line on stdout: first the job, then "step" again and again.
"""
import json
import math
import resource
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

# Rows, inner size and columns of the widest product within a layer of the 30M preset.
_PRODUCT = (1024, 384, 1536)


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.c_attn, self.c_proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.c_fc, self.c_out = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x, causal):
        batch, tokens, width = x.shape
        split = (batch, tokens, self.heads, width // self.heads)
        q, k, v = (part.view(split).transpose(1, 2) for part in self.c_attn(self.ln_1(x)).chunk(3, dim=-1))
        scores = (q / math.sqrt(split[-1])) @ k.transpose(-1, -2) + causal
        mixed = (scores.softmax(-1) @ v).transpose(1, 2).reshape(batch, tokens, width)
        x = x + self.c_proj(mixed)
        return x + self.c_out(F.gelu(self.c_fc(self.ln_2(x)), approximate="tanh"))


class Gpt(nn.Module):
    def __init__(self, layers, width, heads, context, vocab):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(vocab, width), nn.Embedding(context, width)
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(layers))
        self.ln_f = nn.LayerNorm(width)
        for embedding in (self.wte, self.wpe):
            nn.init.normal_(embedding.weight, std=0.02)

    def loss(self, ids, positions, targets):
        """ids (batch, tokens); the last `positions` tokens of each sample are read; targets (batch, positions)"""
        tokens = ids.shape[1]
        causal = torch.full((tokens, tokens), -math.inf).triu(1)
        x = self.wte(ids) + self.wpe.weight[:tokens]
        for block in self.blocks:
            x = block(x, causal)
        read = self.ln_f(x[:, tokens - positions :])
        return F.cross_entropy(F.linear(read, self.wte.weight).flatten(0, 1), targets.flatten())


class Training:
    def __init__(self, job):
        torch.set_num_threads(job["threads"])
        torch.manual_seed(1)
        shape, self.positions = job["shape"], job["lossPositions"]
        self.model = Gpt(**{key: shape[key] for key in ("layers", "width", "heads", "context", "vocab")})
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=1e-4, foreach=True)
        self.ids = torch.randint(shape["vocab"], (job["batch"], job["tokens"]))
        self.targets = torch.randint(shape["vocab"], (job["batch"], self.positions))

    def step(self):
        self.optimizer.zero_grad(set_to_none=True)
        self.model.loss(self.ids, self.positions, self.targets).backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()


def timed_ms(work):
    start = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - start)


def product_gflops():
    rows, inner, columns = _PRODUCT
    a, b = torch.randn(rows, inner), torch.randn(inner, columns)
    best = min(timed_ms(lambda: a @ b) for _ in range(5))
    return 2 * rows * inner * columns / best / 1e6


def main():
    training = Training(json.loads(sys.stdin.readline()))
    answer = {"version": torch.__version__, "productGflops": product_gflops()}
    print(json.dumps(answer), flush=True)
    for _ in sys.stdin:
        ms = timed_ms(training.step)
        peak = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(json.dumps({"ms": ms, "peakRssMb": peak}), flush=True)


if __name__ == "__main__":
    main()
