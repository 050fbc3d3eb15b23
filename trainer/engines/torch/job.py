"""The job: `PretrainJob` of pretrain-job.ts, as job-file.ts writes it. Keys keep the names they have there."""
import json
import pathlib
from types import SimpleNamespace

from events import TinyError

FORMAT = "tinyllm-pretrain-job/1"


def read_job(path):
    """Paths in the file begin at its folder, so the whole of a run can be moved to another machine."""
    path = pathlib.Path(path)
    try:
        job = json.loads(path.read_text("utf-8"), object_hook=lambda fields: SimpleNamespace(**fields))
    except (OSError, ValueError) as cause:
        raise _unusable(path, str(cause)) from cause
    if getattr(job, "format", None) != FORMAT:
        raise _unusable(path, f"its format is not {FORMAT}")
    job.folder = path.parent
    job.initial = path.parent / job.initial
    job.corpus = (path.parent / job.corpus).resolve()
    return job


def share_of_batch(settings, processes):
    """-> sequences that one process takes of every batch, and how many at once. Refuses what does not divide."""
    share, rest = divmod(settings.batch, processes)
    if rest != 0:
        raise TinyError(
            f"{processes} processes cannot share a batch of {settings.batch} sequences",
            "set pretrain.batch to a multiple of the processes, or start a number of them that divides it",
            exit_code=78,
        )
    micro = min(settings.microBatch, share)
    if share % micro != 0:
        raise TinyError(
            f"pretrain.microBatch: {micro} does not divide the {share} sequences that each of {processes} processes has",
            f"set it to {_smaller_divisor(share, micro)}",
            exit_code=78,
        )
    return share, micro


def out_of_memory(device, settings, processes):
    """Says what to try next; call it where memory ran out."""
    share, micro = share_of_batch(settings, processes)
    again = "the same command goes on from the last checkpoint"
    return TinyError(
        f"{device} has too little memory for {micro} sequences of {settings.context} tokens at once",
        f"set pretrain.microBatch to {_smaller_divisor(share, micro)} in the recipe: {again}"
        if micro > 1
        else "choose a smaller model or a shorter pretrain.context, or a device with more memory",
    )


def _smaller_divisor(share, micro):
    return next(size for size in range(max(1, micro - 1), 0, -1) if share % size == 0)


def _unusable(path, reason):
    return TinyError(
        f"{path} is not a job to pre-train: {reason}",
        "write one with `tinyllm pretrain --engine torch --write-job`",
        exit_code=2,
    )
