"""AdamW as adamw.ts has it, over the parameters of a model by name."""
import inspect

import torch

_EPSILON = 1e-8


class Optimizer:
    def __init__(self, model, settings):
        parameters = dict(model.named_parameters())
        decaying = [name for name, p in parameters.items() if p.dim() > 1 and name != "wpe.weight"]
        others = [name for name in parameters if name not in decaying]
        # PyTorch keeps the state of parameters in the order of its groups.
        self._names = decaying + others
        self._parameters = [parameters[name] for name in self._names]
        self._clip = settings.clip
        groups = [
            {"params": [parameters[name] for name in names], "weight_decay": decay}
            for names, decay in [(decaying, settings.weightDecay), (others, 0.0)]
        ]
        is_fused = self._parameters[0].is_cuda and "fused" in inspect.signature(torch.optim.AdamW).parameters
        betas = (settings.beta1, settings.beta2)
        self._adamw = torch.optim.AdamW(groups, betas=betas, eps=_EPSILON, **({"fused": True} if is_fused else {}))

    def forget_gradient(self):
        self._adamw.zero_grad(set_to_none=True)

    def gradient_norm(self):
        """Euclidean, of the whole gradient, as a tensor on the device."""
        return torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(p.grad) for p in self._parameters]))

    def update(self, learning_rate, gradient_norm):
        if gradient_norm > self._clip:
            for parameter in self._parameters:
                parameter.grad.mul_(self._clip / gradient_norm)
        for group in self._adamw.param_groups:
            group["lr"] = learning_rate
        self._adamw.step()

    def moments(self):
        """-> the first and the second moments, each by the parameter's name"""
        states = [self._adamw.state[parameter] for parameter in self._parameters]
        return tuple(dict(zip(self._names, (state[key] for state in states))) for key in ("exp_avg", "exp_avg_sq"))

    def restore(self, first_moments, second_moments, updates):
        """Goes on as if it had made so many updates."""
        state = {
            index: {
                "step": torch.tensor(float(updates)),
                "exp_avg": first_moments[name],
                "exp_avg_sq": second_moments[name],
            }
            for index, name in enumerate(self._names)
        }
        self._adamw.load_state_dict({"state": state, "param_groups": self._adamw.state_dict()["param_groups"]})
