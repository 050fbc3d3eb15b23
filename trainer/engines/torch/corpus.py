"""Token shards of a prepared corpus, with the checks of shards.ts: 256 int32 (magic, version, tokens), then uint16."""
import hashlib
import json
import mmap
import struct
from bisect import bisect_right

import torch

from events import TinyError

_MAGIC, _VERSION = 20240520, 1
_HEADER_BYTES, _BYTES_PER_TOKEN = 256 * 4, 2
_HASHED_AT_ONCE_BYTES = 1 << 22


class CorpusTokens:
    """The tokens of one split as one row. Files are mapped, not read: memory stays flat."""

    def __init__(self, folder, split, at_least, check_hashes):
        shards, tokens = _split_of_manifest(folder, split)
        if tokens < at_least:
            raise TinyError(
                f'{folder} has {tokens} tokens of split "{split}", and one batch needs {at_least}',
                "prepare a larger corpus, or train with fewer sequences or a shorter context",
            )
        self.length = tokens
        self._shards = [_open_shard(folder / shard["file"], shard, check_hashes) for shard in shards]
        self._begins = [0]
        for shard in self._shards:
            self._begins.append(self._begins[-1] + len(shard))

    def read(self, begin, count):
        """Tokens [begin, begin + count), as int16 whose bits are those of the uint16: see `sequences`."""
        index = bisect_right(self._begins, begin) - 1
        parts = []
        while count > 0:
            within = begin - self._begins[index]
            parts.append(self._shards[index][within : within + count])
            begin, count, index = begin + len(parts[-1]), count - len(parts[-1]), index + 1
        return parts[0] if len(parts) == 1 else torch.cat(parts)

    def sequences(self, begins, context, device):
        """-> ids and the tokens they foretell, each int64 (sequences, context)."""
        rows = torch.stack([self.read(begin, context + 1) for begin in begins])
        if device.type == "cuda":
            rows = rows.pin_memory().to(device, non_blocking=True)
        rows = rows.to(torch.int64) & 0xFFFF
        return rows[:, :-1], rows[:, 1:]


def _split_of_manifest(folder, split):
    path = folder / "manifest.json"
    try:
        found = json.loads(path.read_text("utf-8"))["splits"][split]
        return found["shards"], found["tokens"]
    except (OSError, ValueError, KeyError, TypeError) as cause:
        raise TinyError(
            f"{path} is not the manifest of a prepared corpus",
            "give the folder that `tinyllm prepare` wrote from a recipe with a `corpus:` section",
        ) from cause


def _open_shard(path, entry, check_hash):
    """-> int16 (tokens)"""
    try:
        file = open(path, "rb")
    except FileNotFoundError:
        raise _damaged(path, "is missing") from None
    with file:
        header = file.read(_HEADER_BYTES)
        magic, version, tokens = struct.unpack_from("<3i", header.ljust(_HEADER_BYTES, b"\0"))
        if len(header) < _HEADER_BYTES or magic != _MAGIC or version != _VERSION:
            raise _damaged(path, f"is no token shard of llm.c's version {_VERSION}")
        held = (path.stat().st_size - _HEADER_BYTES) / _BYTES_PER_TOKEN
        if held != tokens:
            raise _damaged(path, f"is cut short: it has {held:g} of its {tokens} tokens")
        if tokens != entry["tokens"]:
            raise _damaged(path, f"is another shard: it has {tokens} tokens, and the manifest says {entry['tokens']}")
        if check_hash and _sha256(path) != entry["sha256"]:
            raise _damaged(path, "is not what was prepared: its SHA-256 is not the one of the manifest")
        # A private mapping, because PyTorch wants memory that could be written to.
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    return torch.frombuffer(mapped, dtype=torch.int16, offset=_HEADER_BYTES, count=tokens)


def _sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(_HASHED_AT_ONCE_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def _damaged(path, what):
    return TinyError(f"{path} {what}", "run `tinyllm prepare` again, or copy the whole folder anew")
