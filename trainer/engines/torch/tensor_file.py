"""Float32 tensors in safetensors files, whose format safetensors.ts explains."""
import json
import os
import struct

import torch

from events import TinyError

_ALIGNMENT_BYTES, _LENGTH_BYTES, _FLOAT_BYTES = 8, 8, 4


def write_tensors(path, tensors, metadata=None):
    """Writes a new file and flushes it to disk. `tensors` by name, on any device."""
    header, end = {"__metadata__": metadata} if metadata else {}, 0
    for name, tensor in tensors.items():
        begin, end = end, end + tensor.numel() * _FLOAT_BYTES
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [begin, end]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % _ALIGNMENT_BYTES)
    with open(path, "xb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for tensor in tensors.values():
            numbers = bytearray(tensor.numel() * _FLOAT_BYTES)
            torch.frombuffer(numbers, dtype=torch.float32).copy_(tensor.detach().flatten())
            file.write(numbers)
        file.flush()
        os.fsync(file.fileno())


def read_tensors(path, shapes, prefix=""):
    """-> tensors of these names and shapes, whose names in the file have a prefix. What is not so refuses the file."""
    try:
        contents = bytearray(path.read_bytes())
        (length,) = struct.unpack_from("<Q", contents)
        begin = _LENGTH_BYTES + length
        header = json.loads(contents[_LENGTH_BYTES:begin])
        return {name: _tensor(path, contents, begin, header, prefix + name, shape) for name, shape in shapes.items()}
    except (OSError, ValueError, KeyError, TypeError, struct.error) as cause:
        raise TinyError(
            f"{path} is not a usable safetensors file: {cause}",
            "copy or export it again; the file is incomplete or was changed",
        ) from cause


def _tensor(path, contents, data_begin, header, name, shape):
    entry = header.get(name)
    found = f"{entry['dtype']} {entry['shape']}" if entry else "nothing"
    if found != f"F32 {list(shape)}":
        raise TinyError(
            f"{path}: {name} should be F32 {list(shape)}, but the file has {found}",
            "use the weights that belong to this shape, stored as float32",
        )
    begin, end = entry["data_offsets"]
    count = shape.numel()
    if end - begin != count * _FLOAT_BYTES or data_begin + end > len(contents):
        raise ValueError(f"it ends inside {name}")
    return torch.frombuffer(contents, dtype=torch.float32, offset=data_begin + begin, count=count).view(shape)
