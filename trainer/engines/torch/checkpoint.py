"""The checkpoint folder of checkpoint.ts, which both engines write and go on from."""
import json
import os
import shutil
from types import SimpleNamespace

from events import TinyError
from tensor_file import read_tensors, write_tensors

_FORMAT = "tinyllm-checkpoint/1"
_MODEL, _OPTIMIZER, _STATE = "model.safetensors", "optimizer.safetensors", "state.json"


def write_checkpoint(folder, model, optimizer, state):
    """Writes the folder whole: under another name beside it, flushed to disk, then renamed. The old one stays until then."""
    scratch, aside = folder.with_name(f".{folder.name}.new"), _set_aside(folder)
    first, second = optimizer.moments()
    parameters = dict(model.named_parameters())
    roles = {"firstMoment": first, "secondMoment": second}
    moments = {f"{role}.{name}": copy[name] for role, copy in roles.items() for name in parameters}
    try:
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir()
        write_tensors(scratch / _MODEL, parameters, {"format": "pt"})
        write_tensors(scratch / _OPTIMIZER, moments)
        _write_flushed(scratch / _STATE, json.dumps({"format": _FORMAT, **state}, indent=2) + "\n")
        shutil.rmtree(aside, ignore_errors=True)
        if folder.exists():
            folder.rename(aside)
        scratch.rename(folder)
        shutil.rmtree(aside, ignore_errors=True)
    except OSError:
        shutil.rmtree(scratch, ignore_errors=True)
        raise


def mend_checkpoint(folder):
    """Finishes what a crash between the two renames of `write_checkpoint` left. For one process alone."""
    if not folder.exists() and _set_aside(folder).exists():
        _set_aside(folder).rename(folder)


def restore_checkpoint(folder, job, model, optimizer):
    """Goes on where the checkpoint stands, if there is one. -> its state (`TrainingState` of checkpoint.ts), or None"""
    if not folder.exists():
        return None
    state = _read_state(folder / _STATE)
    _check_same_training(folder, state, job)
    shapes = {name: parameter.shape for name, parameter in model.named_parameters()}
    model.load_state_dict(read_tensors(folder / _MODEL, shapes))
    first, second = (read_tensors(folder / _OPTIMIZER, shapes, f"{role}.") for role in ("firstMoment", "secondMoment"))
    optimizer.restore(first, second, state.step - state.skippedSteps)
    return state


def _read_state(path):
    try:
        state = json.loads(path.read_text("utf-8"), object_hook=lambda fields: SimpleNamespace(**fields))
        if state.format != _FORMAT:
            raise ValueError(state.format)
        state.skippedSteps = getattr(state, "skippedSteps", 0)
        state.history = getattr(state, "history", SimpleNamespace(lossNats=[], gradNorms=[]))
        return state
    except (OSError, ValueError, AttributeError, TypeError) as cause:
        raise _unusable(path, "it is not the state of a training run") from cause


def _check_same_training(folder, state, job):
    """Twin of own-checkpoint.ts."""
    compared = [(size, getattr(state.shape, size, None), here) for size, here in vars(job.shape).items()] + [
        ("the seed", state.seed, job.seed),
        ("the tokenizer", state.tokenizerHash, job.tokenizerHash),
        ("sequences read", state.dataCursor, state.step * job.settings.batch),
        ("steps made", state.step, min(state.step, job.settings.steps)),
    ]
    for what, there, here in compared:
        if there != here:
            raise TinyError(
                f"checkpoint {folder} is of another training: {what} is {there} there, and {here} here",
                f"move {job.folder} away to start anew, or put back the checkpoint that was there",
            )


def _set_aside(folder):
    return folder.with_name(f".{folder.name}.old")


def _unusable(path, reason):
    return TinyError(f"checkpoint {path}: {reason}", "use another checkpoint, or start the stage anew")


def _write_flushed(path, text):
    with open(path, "x", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
