"""The processes of one training, each with a device of its own: those that torchrun started, or this one alone."""
import os

import torch
from torch import distributed

from events import TinyError


class Processes:
    def __init__(self, threads):
        """`threads`: cores to use on this machine, where there is no GPU; its processes share them."""
        self.rank = int(os.environ.get("RANK", 0))
        self.count = int(os.environ.get("WORLD_SIZE", 1))
        self.local_rank = int(os.environ.get("LOCAL_RANK", 0))
        local_count = int(os.environ.get("LOCAL_WORLD_SIZE", 1))
        gpus = torch.cuda.device_count()
        if gpus == 0:
            self.device = torch.device("cpu")
            torch.set_num_threads(max(1, threads // local_count))
        elif local_count <= gpus:
            self.device = torch.device("cuda", self.local_rank)
            torch.cuda.set_device(self.device)
        else:
            raise TinyError(
                f"{local_count} processes were started on a machine with {gpus} GPUs",
                "start one for each GPU, or hide the GPUs to train on the CPU: CUDA_VISIBLE_DEVICES=",
                exit_code=2,
            )
        if self.count > 1:
            distributed.init_process_group("nccl" if gpus > 0 else "gloo")

    @property
    def is_first(self):
        return self.rank == 0

    @property
    def has_bfloat16(self):
        """Whether the device multiplies in bfloat16 itself: NVIDIA's from Ampere on."""
        return self.device.type == "cuda" and torch.cuda.get_device_capability() >= (8, 0)

    def sum(self, values):
        """Adds up a tensor over all processes, in place. Every process gets the same bits."""
        if self.count > 1:
            distributed.all_reduce(values)
        return values

    def wait(self):
        """Returns when every process has come here."""
        self.sum(torch.zeros(1, device=self.device)).item()

    def release(self):
        if self.count > 1:
            distributed.destroy_process_group()
