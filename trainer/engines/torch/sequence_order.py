"""Which tokens the n-th sequence of a training is: the same function as sequence-order.ts, where it is explained."""
from functools import lru_cache

from events import TinyError

_ROUNDS = 4
_BITS_32 = 0xFFFFFFFF


class SequenceOrder:
    def __init__(self, tokens, context, seed):
        self._context = context
        self._seed = seed
        # One less than fit: what the offset of an epoch needs.
        self.count = tokens // context - 1
        if self.count < 1:
            raise TinyError(
                f"the corpus has {tokens} tokens, and sequences of {context} need {2 * context}",
                "prepare a larger corpus, or lower pretrain.context",
            )
        self._half_bits = 1
        while 4**self._half_bits < self.count:
            self._half_bits += 1

    def begin(self, n):
        """The first token of sequence `n`, from 0; it foretells up to token `begin + context`."""
        epoch, index = divmod(n, self.count)
        *keys, offset = _epoch_keys(self._seed, epoch)
        return self._permuted(index, keys) * self._context + offset % self._context

    def _permuted(self, index, keys):
        mask = (1 << self._half_bits) - 1
        while True:
            left, right = index >> self._half_bits, index & mask
            for key in keys:
                left, right = right, left ^ (_mixed(right ^ key) & mask)
            index = left << self._half_bits | right
            if index < self.count:
                return index


@lru_cache(maxsize=2)
def _epoch_keys(seed, epoch):
    """One of each round of the Feistel network, and one for the offset."""
    of_epoch = _mixed(_mixed(seed) ^ epoch)
    return [_mixed(of_epoch ^ number) for number in range(_ROUNDS + 1)]


def _mixed(value):
    """MurmurHash3's 32-bit finaliser (Appleby, 2011)."""
    value &= _BITS_32
    value = (value ^ value >> 16) * 0x85EBCA6B & _BITS_32
    value = (value ^ value >> 13) * 0xC2B2AE35 & _BITS_32
    return value ^ value >> 16
