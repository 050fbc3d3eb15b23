"""Pre-trains a language model with PyTorch 1.13 or later: on GPUs or the CPU, in one process or many.

    python pretrain.py JOB [--attended]
    torchrun --nproc_per_node 8 pretrain.py JOB

JOB is the file that `tinyllm pretrain --engine torch --write-job` leaves. The result is a checkpoint beside it, as of the
onnx engine. Events are printed as JSON lines.

--attended: whoever reads the events answers each `saved` with a line, before which the checkpoint stays as it is.

SIGTERM and Ctrl-C end it after a checkpoint. Run again with the same job, with any number of processes, it goes on.
"""
import argparse
import os
import signal
import sys
import threading

from events import TinyError, tell
from job import out_of_memory, read_job
from pretraining import Pretraining
from processes import Processes

_INTERRUPTED_STATUS = 128 + signal.SIGTERM
_SIGNS_OF_FULL_MEMORY = ("out of memory", "CUBLAS_STATUS_ALLOC_FAILED", "DefaultCPUAllocator")
_SIGNS_OF_LOST_PEER = ("by peer", "Broken pipe", "gloo/transport", "NCCL")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("job")
    arguments.add_argument("--attended", action="store_true")
    given = arguments.parse_args()
    try:
        return _train(read_job(given.job), given.attended)
    except TinyError as error:
        tell("error", message=error.message, hint=error.hint, exitCode=error.exit_code)
        return error.exit_code
    except BrokenPipeError:
        # Nobody reads what is told; nor would anybody read the flush at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _train(job, is_attended):
    stop_asked = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop_asked.set())
    processes = Processes(job.threads)
    try:
        came_to_end = Pretraining(job, processes, stop_asked, is_attended).run()
        processes.release()
        return 0 if came_to_end else _INTERRUPTED_STATUS
    except RuntimeError as error:
        if _has_sign(error, _SIGNS_OF_FULL_MEMORY):
            raise out_of_memory(processes.device, job.settings, processes.count) from error
        if processes.count > 1 and _has_sign(error, _SIGNS_OF_LOST_PEER):
            raise _lost_peer(error) from error
        raise


def _has_sign(error, signs):
    """PyTorch tells these apart by their texts alone."""
    return any(sign in str(error) for sign in signs)


def _lost_peer(error):
    reason = str(error).splitlines()[0]
    return TinyError(
        f"another process of this training was lost, or cannot be reached: {reason}",
        "the same command goes on from the last checkpoint; if it happens again, look whether its machine's memory is full",
    )


if __name__ == "__main__":
    sys.exit(main())
