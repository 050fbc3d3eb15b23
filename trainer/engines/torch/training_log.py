"""`log.jsonl`, the twin of training-log.ts: lines are written with each checkpoint, so a resumed run adds none twice."""
import json
import os


class TrainingLog:
    def __init__(self, path, last_step):
        """Keeps what was logged up to `last_step`."""
        self._path = path
        self._lines = []
        old = path.read_text("utf-8").splitlines() if path.exists() else []
        kept = [line for line in old if line.endswith("}") and json.loads(line)["step"] <= last_step]
        scratch = path.with_name(f".{path.name}.new")
        scratch.write_text("".join(f"{line}\n" for line in kept), "utf-8")
        os.replace(scratch, path)

    def add(self, **fields):
        self._lines.append(json.dumps(fields, separators=(",", ":")) + "\n")

    def flush(self):
        with open(self._path, "a", encoding="utf-8") as file:
            file.writelines(self._lines)
        self._lines = []
