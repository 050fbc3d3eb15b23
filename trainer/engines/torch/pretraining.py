"""The loop of a pre-training: the twin of onnx/pretraining.ts, step by step."""
import contextlib
import errno
import math
import sys

import torch
from torch.nn.parallel import DistributedDataParallel

from checkpoint import mend_checkpoint, restore_checkpoint, write_checkpoint
from corpus import CorpusTokens
from events import TinyError, tell
from gpt import Gpt
from job import share_of_batch
from optimizer import Optimizer
from schedule import Outliers, scheduled_rate
from sequence_order import SequenceOrder
from tensor_file import read_tensors
from training_log import TrainingLog

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Pretraining:
    """One job under way, in one of its processes."""

    def __init__(self, job, processes, stop_asked, is_attended):
        settings = job.settings
        self._job, self._processes = job, processes
        self._stop_asked, self._is_attended = stop_asked, is_attended
        self._share, self._micro = share_of_batch(settings, processes.count)
        self._train_tokens = self._open("train", settings.batch)
        self._validation_tokens = self._open("val", job.validation.sequences)
        self._order = SequenceOrder(self._train_tokens.length, settings.context, job.seed)

        device = processes.device
        self._bfloat16 = torch.autocast(device.type, torch.bfloat16, enabled=processes.has_bfloat16)
        self._model = Gpt(job.shape).to(device)
        shapes = {name: parameter.shape for name, parameter in self._model.named_parameters()}
        self._model.load_state_dict(read_tensors(job.initial, shapes))
        self._optimizer = Optimizer(self._model, settings)

        self._checkpoint = job.folder / "checkpoint"
        if processes.is_first:
            mend_checkpoint(self._checkpoint)
        processes.wait()
        state = restore_checkpoint(self._checkpoint, job, self._model, self._optimizer)
        self._step = state.step if state else 0
        self._skipped_steps = state.skippedSteps if state else 0
        history = (state.history.lossNats, state.history.gradNorms) if state else ()
        self._outliers = Outliers(settings.outliers, *history)
        self._check_same_step()
        self._log = TrainingLog(job.folder / "log.jsonl", self._step) if processes.is_first else None

        compiles = hasattr(torch, "compile") and device.type == "cuda"
        self._loss = torch.compile(self._model, dynamic=False) if compiles else self._model
        self._distributed_loss = (
            DistributedDataParallel(self._loss, broadcast_buffers=False) if processes.count > 1 else None
        )

    def run(self):
        """-> whether it came to the end; else it was asked to stop."""
        settings = self._job.settings
        per_step = settings.batch * settings.context
        self._tell("started", totalTokens=settings.steps * per_step, tokensDone=self._step * per_step)
        validated = None
        stops = False
        while self._step < settings.steps:
            if stops:
                self._save()
                return False
            stops = self._train()
            if self._step % settings.evaluateEvery == 0 or self._step == settings.steps:
                validated = self._measure()
                self._log_validation(validated)
                self._save()
        self._tell("ended", **(validated or self._measure()))
        return True

    def _train(self):
        """One step. -> whether a process was asked to stop: all have the same answer."""
        settings = self._job.settings
        self._optimizer.forget_gradient()
        loss = self._forward_backward()
        own = torch.stack([loss, self._optimizer.gradient_norm(), loss.new_tensor(float(self._stop_asked.is_set()))])
        loss_nats, grad_norm, stops = (self._processes.sum(own) / self._processes.count).tolist()
        if not (math.isfinite(loss_nats) and math.isfinite(grad_norm)):
            raise _no_number(self._step + 1)
        rate = scheduled_rate(self._step, settings)
        is_skipped = self._outliers.judge(loss_nats, grad_norm)
        self._skipped_steps += is_skipped
        if not is_skipped:
            self._optimizer.update(rate, grad_norm)
        self._step += 1
        figures = {"step": self._step, "lossNats": loss_nats, "gradNorm": grad_norm}
        if self._log:
            self._log.add(**figures, lr=rate, **({"isSkipped": True} if is_skipped else {}))
        self._tell("step", **figures, tokens=settings.batch * settings.context, isSkipped=is_skipped)
        return stops > 0

    def _forward_backward(self):
        """The gradient of the batch, the same in all processes. -> the loss of this one's share"""
        settings = self._job.settings
        first = (0 if settings.onlyFirstBatch else self._step) * settings.batch + self._processes.rank * self._share
        parts = self._share // self._micro
        model = self._distributed_loss or self._loss
        loss = torch.zeros((), device=self._processes.device)
        for part in range(parts):
            begin = first + part * self._micro
            batch = self._sequences(self._train_tokens, map(self._order.begin, range(begin, begin + self._micro)))
            # Processes exchange gradients once, with the last part.
            is_last = part == parts - 1
            with contextlib.nullcontext() if is_last or not self._distributed_loss else model.no_sync():
                with self._bfloat16:
                    mean = model(*batch) / parts
                mean.backward()
            loss += mean.detach()
        return loss

    @torch.no_grad()
    def _measure(self):
        """The validation text, which the processes share."""
        validation, context = self._job.validation, self._job.settings.context
        nats = torch.zeros((), dtype=torch.float64, device=self._processes.device)
        stride = self._processes.count * self._micro
        for begin in range(self._processes.rank * self._micro, validation.sequences, stride):
            places = range(begin, min(begin + self._micro, validation.sequences))
            batch = self._sequences(self._validation_tokens, (place * context for place in places))
            with self._bfloat16:
                nats += self._loss(*batch).double() * len(places) * context
        total = self._processes.sum(nats).item()
        loss_nats = total / (validation.sequences * context)
        if not math.isfinite(loss_nats):
            raise _no_number(self._step)
        return {"step": self._step, "lossNats": loss_nats, "bitsPerByte": total / math.log(2) / validation.bytes}

    def _log_validation(self, result):
        if self._log:
            self._log.add(kind="validation", **result)
        self._tell("validated", **result)

    def _save(self):
        """By the first process; the others wait, so that none ends or works while it is under way."""
        if self._processes.is_first:
            try:
                self._log.flush()
                write_checkpoint(self._checkpoint, self._model, self._optimizer, self._state())
            except OSError as cause:
                raise _unwritable(self._checkpoint, cause) from cause
            self._tell("saved", step=self._step)
            if self._is_attended and sys.stdin.readline() == "":
                raise BrokenPipeError("whoever started the training is gone")
        self._processes.wait()

    def _state(self):
        job = self._job
        return {
            "step": self._step,
            "seed": job.seed,
            "dataCursor": self._step * job.settings.batch,
            "shape": vars(job.shape),
            "tokenizerHash": job.tokenizerHash,
            "skippedSteps": self._skipped_steps,
            "history": {"lossNats": self._outliers.loss_nats, "gradNorms": self._outliers.grad_norms},
        }

    def _open(self, split, sequences):
        at_least = sequences * self._job.settings.context + 1
        return CorpusTokens(self._job.corpus, split, at_least, check_hashes=self._processes.local_rank == 0)

    def _sequences(self, tokens, begins):
        return tokens.sequences(list(begins), self._job.settings.context, self._processes.device)

    def _check_same_step(self):
        """Hosts that see different folders would train different models."""
        steps = torch.zeros(self._processes.count, dtype=torch.int64, device=self._processes.device)
        steps[self._processes.rank] = self._step
        if len(set(self._processes.sum(steps).tolist())) > 1:
            raise TinyError(
                f"not all hosts find the same checkpoint in {self._job.folder}",
                "put the folder of the run on a disk that all hosts share",
            )

    def _tell(self, event, **fields):
        if self._processes.is_first:
            tell(event, **fields)


def _no_number(step):
    return TinyError(
        f"the loss is no longer a number at step {step}; the last checkpoint is as good as it was",
        "lower pretrain.learningRate or pretrain.clip in the recipe, or raise pretrain.warmupSteps, and start anew in "
        "another folder (--out)",
    )


def _unwritable(path, error):
    hint = (
        "free some space on that disk, or write to another; nothing half-written stands under that name"
        if error.errno in _NO_ROOM
        else "choose a place where you may write"
    )
    return TinyError(f"cannot write {path} ({errno.errorcode.get(error.errno, error)})", hint)
