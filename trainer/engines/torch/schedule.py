"""What is decided at every step: the learning rate (learning-rate.ts), and whether it is left out (outliers.ts)."""
import math

# Where the cosine ends, as a share of the peak.
_FINAL_SHARE = 0.02


def scheduled_rate(step, settings):
    """Warm-up, then the schedule of the settings: half a cosine, or the peak held and a linear fall. `step` from 0."""
    peak, warmup, steps = settings.learningRate, settings.warmupSteps, settings.steps
    if step < warmup:
        return peak * (step + 1) / warmup
    if settings.schedule.kind == "cosine":
        done = (step - warmup) / max(1, steps - warmup)
        return peak * (_FINAL_SHARE + (1 - _FINAL_SHARE) * 0.5 * (1 + math.cos(math.pi * done)))
    return peak * min(1, (steps - step) / (settings.schedule.decayShare * steps))


class Outliers:
    """Steps whose loss or gradient lies far outside what the last ones had. Each is remembered, left out or not."""

    def __init__(self, settings, loss_nats=(), grad_norms=()):
        self._settings = settings
        self.loss_nats = list(loss_nats)
        self.grad_norms = list(grad_norms)

    def judge(self, loss_nats, grad_norm):
        is_outlier = self._is_far(loss_nats, self.loss_nats) or self._is_far(grad_norm, self.grad_norms)
        window = self._settings.window
        self.loss_nats = [*self.loss_nats, loss_nats][-window:]
        self.grad_norms = [*self.grad_norms, grad_norm][-window:]
        return is_outlier

    def _is_far(self, value, before):
        window = self._settings.window
        if len(before) < window:
            return False
        mean = sum(before) / window
        variance = sum((v - mean) ** 2 for v in before) / window
        return value > mean + self._settings.deviations * math.sqrt(variance)
