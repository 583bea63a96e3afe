"""Multi-task fine-tuning: one encoder, one head for every label, losses masked where a row says nothing of a task.

A run folder holds the recipe, the log, the last checkpoint (to resume) and the best one by the dev split.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from discourse import codebook
from discourse.errors import UsageError
from discourse.train import scores, targets, teachers
from discourse.train.average import Average
from discourse.train.base import Base
from discourse.train.corpora import Example
from discourse.train.targets import Targets

Array = NDArray[np.float32]
PREFIX = "query: "
Tell = Callable[[int, int, float], None]
"""Shows progress: ``(steps done, steps in all, mean loss of the epoch)``."""
TASK_WEIGHTS: Mapping[str, float] = {
    "relevance": 1.0,
    "sentiment": 4.0,
    "policy_frame": 4.0,
    "immigration_frame": 3.0,
    "narrative": 1.5,
    "concern": 4.0,
    "harm": 1.0,
}
"""The multi-label losses are means over many mostly empty columns: they weigh more, so that each column counts."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Everything that decides what a run learns besides the data; as it stands, discourse-small's first stage."""

    epochs: int = 6
    batch: int = 24
    rate: float = 2e-4
    head_rate: float = 2e-3
    warmup: float = 0.06
    decay: float = 0.02
    dropout: float = 0.1
    tokens: int = 128
    seed: int = 71
    threads: int = 2
    frozen_layers: int = 0
    with_context: bool = True
    patience: int = 6
    average: float = 0.998
    """How much of the running mean of the weights a step keeps; 0: the weights themselves are measured and kept."""
    attention_dropout: float = 0.0
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """What products are worked out in; weights stay fp32. ``auto`` takes bfloat16 where the processor has it."""
    start: str | None = None
    """A ``best.pt`` of an earlier run to go on from, instead of the base encoder."""
    share: float = 1.0
    """How much of what is not ``fresh`` an epoch reads, drawn anew each time, so that the old stays."""
    fresh: tuple[str, ...] = ()
    """Sources that every epoch reads in full."""
    asked: float = 0.0
    """What it weighs to tell, two thirds up the network, the side of a yes to the question and whether the text says
    yes to it: a help for learning, where a text's side is the two put together."""
    teachers: tuple[tuple[str, str], ...] = ()
    """Earlier runs to learn from too: the folder of each, and that of the base encoder it was begun from."""
    taught: float = 2.0
    """What it weighs to say what the teachers say, beside the labels."""
    task_weights: Mapping[str, float] = field(default_factory=lambda: dict(TASK_WEIGHTS))

    def __post_init__(self) -> None:
        if any(isinstance(pair, str) or len(pair) != 2 for pair in self.teachers):
            raise ValueError("a teacher is a pair: its run folder, and that of the base encoder it was begun from")


@dataclass(frozen=True)
class Encoded:
    """A text (and its context) as pieces, with 0 for the text's and 1 for the context's."""

    ids: tuple[int, ...]
    types: tuple[int, ...]


def encode(base: Base, texts: Sequence[str], contexts: Sequence[str | None], *, tokens: int) -> list[Encoded]:
    """Return texts as pieces; ``text </s></s> context`` where there is a context, cut at ``tokens``."""
    from tokenizers import Tokenizer

    known = Tokenizer.from_str(json.dumps(base.tokenizer))
    known.enable_truncation(tokens, strategy="longest_first")
    given = [
        (PREFIX + text, context) if context else PREFIX + text for text, context in zip(texts, contexts, strict=True)
    ]
    out = []
    for e in known.encode_batch(given):
        types = [1 if s == 1 else 0 for s in e.sequence_ids]
        out.append(Encoded(tuple(e.ids), tuple(types)))
    return out


def batches(lengths: Sequence[int], size: int, chance: np.random.Generator | None) -> Iterator[NDArray[np.int64]]:
    """Yield batches of similar length; in random order when ``chance`` is given."""
    order = np.argsort(lengths, kind="stable")
    if chance is not None:
        jitter = np.array(lengths) * (1 + 0.1 * chance.random(len(lengths)))
        order = np.argsort(jitter, kind="stable")
    parts = [order[at : at + size] for at in range(0, len(order), size)]
    if chance is not None:
        chance.shuffle(parts)
    yield from parts


def collate(rows: Sequence[Encoded]) -> tuple[Any, Any, Any]:
    """Return ids, mask and types as tensors of shape (rows, longest)."""
    import torch

    longest = max(len(r.ids) for r in rows)
    ids = torch.ones(len(rows), longest, dtype=torch.long)
    mask = torch.zeros(len(rows), longest, dtype=torch.long)
    types = torch.zeros(len(rows), longest, dtype=torch.long)
    for i, row in enumerate(rows):
        ids[i, : len(row.ids)] = torch.tensor(row.ids)
        mask[i, : len(row.ids)] = 1
        types[i, : len(row.types)] = torch.tensor(row.types)
    return ids, mask, types


def positive_weights(known: Targets, *, most: float = 4.0) -> Array:
    """Return the weight of a positive, by column: the root of how much rarer it is, at most ``most``."""
    out = np.ones(known.values.shape[1], np.float32)
    for column in range(len(out)):
        _, values = known.column(column)
        yes = float(values.sum())
        if yes:
            out[column] = min(most, max(1.0, ((len(values) - yes) / yes) ** 0.5))
    return out


class Losses:
    """The masked loss of a batch: cross-entropy for sentiment, weighted binary cross-entropy for the rest."""

    def __init__(self, known: Targets, weights: Mapping[str, float]) -> None:
        import torch

        self._where = targets.spans()
        self._weights = weights
        self._positive = torch.from_numpy(positive_weights(known))
        side = known.values[known.known[:, 1]][:, self._where["sentiment"]].sum(0)
        self._side = torch.from_numpy((side.mean() / np.maximum(side, 1)) ** 0.5).float()

    def __call__(self, logits: Any, values: Any, known: Any, weights: Any) -> Any:
        import torch
        from torch.nn import functional

        total = torch.zeros(())
        for task, where in self._where.items():
            use = known[:, where.start]
            if not bool(use.any()):
                continue
            said, wanted, weight = logits[use, where], values[use, where], weights[use]
            if task == "sentiment":
                loss = functional.cross_entropy(said, wanted.argmax(1), weight=self._side, reduction="none")
            else:
                loss = functional.binary_cross_entropy_with_logits(
                    said, wanted, pos_weight=self._positive[where], reduction="none"
                ).mean(1)
            total = total + self._weights[task] * (loss * weight).sum() / len(logits)
        return total

    def as_taught(self, logits: Any, taught: Any) -> Any:
        """Return how far scores are from what teachers say; beside relevance, as far as a text is relevant to them.

        No positive weighs more here: what teachers say has learnt that already.
        """
        import torch
        from torch.nn import functional

        total = torch.zeros(())
        for task, where in self._where.items():
            said, wanted = logits[:, where], taught[:, where]
            if task == "sentiment":
                loss = functional.cross_entropy(said, wanted, reduction="none")
            else:
                loss = functional.binary_cross_entropy_with_logits(said, wanted, reduction="none").mean(1)
            counts = 1.0 if task == "relevance" else taught[:, self._where["relevance"]].squeeze(1)
            total = total + self._weights[task] * (loss * counts).mean()
        return total


def _of_question(said: Sequence[Any], wanted: Any) -> Any:
    """Return the mean loss of what is made of the question and of the answer to it, over the whole batch."""
    from torch.nn import functional

    losses = (functional.cross_entropy(x, wanted[:, i], ignore_index=-1, reduction="sum") for i, x in enumerate(said))
    return sum(losses) / len(wanted)


def _origin(base: Path) -> str:
    """Return what a base encoder's folder says of where it comes from."""
    file = base / "origin.json"
    return str(json.loads(file.read_text(encoding="utf-8")).get("base", "")) if file.is_file() else ""


def predict(net: Any, rows: Sequence[Encoded], *, batch: int = 48) -> Array:
    """Return raw scores, shape (rows, columns), in the order of ``rows``."""
    import torch

    net.eval()
    out = np.zeros((len(rows), len(codebook.load().columns())), np.float32)
    with torch.inference_mode():
        for part in batches([len(r.ids) for r in rows], batch, None):
            out[part] = net(*collate([rows[i] for i in part])).float().numpy()
    return out


def _multiplies_bfloat16(file: Path = Path("/proc/cpuinfo")) -> bool:
    """Tell whether the processor has products in bfloat16; without them they are slower than floats."""
    found = file.read_text(encoding="utf-8") if file.is_file() else ""
    return "avx512_bf16" in found or "amx_bf16" in found


class Run:
    """A training run in a folder: start it, stop it at any moment, start it again."""

    def __init__(
        self,
        folder: Path,
        base: Base,
        recipe: Recipe,
        *,
        say: Callable[[str], None] = print,
        tell: Tell | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        import torch

        from discourse.train.network import network

        torch.set_num_threads(recipe.threads)
        torch.manual_seed(recipe.seed)
        self.folder, self.base, self.recipe = folder, base, recipe
        self.net = network(
            base, len(codebook.load().columns()), dropout=recipe.dropout, attention_dropout=recipe.attention_dropout
        )
        self._freeze(recipe.frozen_layers)
        if recipe.start:
            self._take(Path(recipe.start))
        self._say, self._tell, self._clock = say, tell, clock
        self.half = recipe.precision == "bfloat16" or (recipe.precision == "auto" and _multiplies_bfloat16())

    def _freeze(self, layers: int) -> None:
        if layers:
            self.net.encoder.embeddings.requires_grad_(False)
        for layer in self.net.encoder.encoder.layer[:layers]:
            layer.requires_grad_(False)

    def encoded(self, examples: Sequence[Example]) -> list[Encoded]:
        """Return examples as pieces, without their context where the recipe leaves it out."""
        contexts = [e.context if self.recipe.with_context else None for e in examples]
        return encode(self.base, [e.text for e in examples], contexts, tokens=self.recipe.tokens)

    def train(
        self, examples: Sequence[Example], dev: Sequence[Example], *, unlabelled: Sequence[Example] = ()
    ) -> dict[str, float]:
        """Learn, and return the best dev scores; the best weights are in ``best.pt``.

        ``unlabelled`` is learnt from where the recipe names teachers. A run of no epochs keeps what it starts from, so
        that a mean of runs may count it in.
        """
        import torch

        examples = [*examples, *unlabelled] if self.recipe.teachers else examples
        said, begun = self._begun(examples)
        rows, known = self.encoded(examples), targets.of(examples)
        dev_rows, dev_known = self.encoded(dev), targets.of(dev)
        losses = Losses(known, self.recipe.task_weights)
        reads = self._read_in(examples, np.random.default_rng(0))
        steps = self.recipe.epochs * -(-len(reads) // self.recipe.batch)
        optimizer, schedule = self._optimizer(steps)
        mean = Average(self.net, self.recipe.average)
        epoch, best, since = self._resume(optimizer, schedule, mean, begun)
        self._note(said)
        if not self.recipe.epochs:
            self._write(self.net.state_dict(), "best.pt")
            (self.folder / "log.jsonl").touch()

        def going() -> bool:
            return epoch < self.recipe.epochs and since < self.recipe.patience

        wanted = self._wanted(examples, known) if going() else {}
        while going():
            started, total = self._clock(), 0.0
            self.net.train()
            chance = np.random.default_rng([self.recipe.seed, epoch])
            torch.manual_seed(self.recipe.seed * 1000 + epoch)
            reads = self._read_in(examples, chance)
            for n, among in enumerate(batches([len(rows[i].ids) for i in reads], self.recipe.batch, chance)):
                part = reads[among]
                loss = self._loss([rows[i] for i in part], losses, wanted, part)
                loss.backward()
                torch.nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
                optimizer.step()
                schedule.step()
                mean.update()
                optimizer.zero_grad(set_to_none=True)
                total += float(loss.detach())
                self._show(epoch, n + 1, steps, total / (n + 1))
            epoch += 1
            with mean.worn():
                measured = scores.summary(predict(self.net, dev_rows), dev_known)
                since = 0 if measured["mean"] > best.get("mean", -1.0) else since + 1
                if since == 0:
                    best = measured
                    self._write(self.net.state_dict(), "best.pt")
            self._keep({"epoch": epoch, "best": best, "since": since, "of": begun}, optimizer, schedule, mean)
            line = {"epoch": epoch, "loss": total / (n + 1), "seconds": self._clock() - started, **measured}
            self._log(line)
        return best

    def _read_in(self, examples: Sequence[Example], chance: np.random.Generator) -> NDArray[np.int64]:
        """Return which examples an epoch reads: all that are fresh, and a share of the others."""
        everything = np.arange(len(examples))
        if self.recipe.share >= 1.0:
            return everything
        fresh = np.array([e.source in self.recipe.fresh for e in examples])
        others = everything[~fresh]
        drawn = chance.choice(others, round(self.recipe.share * len(others)), replace=False)
        return np.sort(np.concatenate([everything[fresh], drawn]))

    def _wanted(self, examples: Sequence[Example], known: Targets) -> dict[str, Any]:
        """Return what is to be learnt of examples as tensors, a row each: labels, and what teachers say of them."""
        import torch

        found = {"values": known.values, "known": known.known, "weights": known.weights}
        found |= {"asked": targets.asked(examples)} if self.recipe.asked else {}
        if self.recipe.teachers:
            found |= {"taught": teachers.said(self.recipe.teachers, examples, say=self._say)}
        return {name: torch.from_numpy(rows) for name, rows in found.items()}

    def _loss(self, rows: Sequence[Encoded], losses: Losses, wanted: Mapping[str, Any], part: Any) -> Any:
        """Return the loss of a batch; ``part`` are its rows in ``wanted``."""
        found, *of_question = self._scores(rows)
        loss = losses(found, *(wanted[name][part] for name in ("values", "known", "weights")))
        if "taught" in wanted:
            loss = loss + self.recipe.taught * losses.as_taught(found, wanted["taught"][part])
        if "asked" in wanted:
            loss = loss + self.recipe.asked * _of_question(of_question, wanted["asked"][part])
        return loss

    def _scores(self, rows: Sequence[Encoded]) -> tuple[Any, ...]:
        import torch

        with torch.autocast("cpu", torch.bfloat16, enabled=self.half):
            out = self.net.learning(*collate(rows)) if self.recipe.asked else (self.net(*collate(rows)),)
        return tuple(x.float() for x in out)

    def _show(self, epoch: int, step: int, steps: int, loss: float) -> None:
        """Move the bar; where there is none, say a line every 50 steps."""
        if self._tell:
            self._tell(epoch * (steps // self.recipe.epochs) + step, steps, loss)
        elif step % 50 == 0:
            self._say(f"epoch {epoch + 1}, step {step}: loss {loss:.3f}")

    def _begun(self, examples: Sequence[Example]) -> tuple[dict[str, Any], str]:
        """Return what is learnt from and with, and a hash of recipe, texts and labels: what a run is begun with."""
        ids = hashlib.sha256("\n".join(e.id for e in examples).encode()).hexdigest()
        content = hashlib.sha256()
        for e in examples:
            content.update(json.dumps([e.id, e.text, e.context, e.weight, e.yes, sorted(e.known.items())]).encode())
        said = {
            "texts": dict(Counter(e.source for e in examples)),
            "ids_sha256": ids,
            "content_sha256": content.hexdigest(),
            "made_with": {name: metadata.version(name) for name in ("torch", "transformers", "tokenizers")},
        }
        recipe = {**asdict(self.recipe), "threads": 0}
        if self.recipe.teachers:
            said |= self._taught_by(examples)
            content.update(json.dumps(said["teachers"]).encode())
        else:  # a run without teachers goes on that was begun before there were any
            recipe = {name: value for name, value in recipe.items() if name not in ("teachers", "taught")}
        content.update(json.dumps(recipe, sort_keys=True).encode())
        return said, content.hexdigest()

    def _taught_by(self, examples: Sequence[Example]) -> dict[str, Any]:
        """Return who teaches, and of how many texts of which set nobody but them says anything."""
        apart = Counter(e.id.partition(":")[0].split("-")[0] for e in examples if e.source == teachers.SOURCE)
        pairs = [(Path(run), Path(base)) for run, base in self.recipe.teachers]
        known = {run.name: {"sha256": teachers.fingerprint(run, base), "base": _origin(base)} for run, base in pairs}
        return {"teachers": known, teachers.SOURCE: dict(apart)}

    def _note(self, said: Mapping[str, Any]) -> None:
        """Keep recipe and data; only now, so that a run that may not go on keeps those it was begun with."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "recipe.json").write_text(json.dumps(asdict(self.recipe), indent=1), encoding="utf-8")
        (self.folder / "data.json").write_text(json.dumps(dict(said), indent=1), encoding="utf-8")

    def _optimizer(self, steps: int) -> tuple[Any, Any]:
        import torch

        learnt = [(n, p) for n, p in self.net.named_parameters() if p.requires_grad]
        plain = [p for n, p in learnt if not n.startswith("head") and p.ndim > 1]
        norms = [p for n, p in learnt if not n.startswith("head") and p.ndim == 1]
        groups = [
            {"params": plain, "lr": self.recipe.rate, "weight_decay": self.recipe.decay},
            {"params": norms, "lr": self.recipe.rate, "weight_decay": 0.0},
            {"params": list(self.net.head.parameters()), "lr": self.recipe.head_rate, "weight_decay": 0.0},
        ]
        optimizer = torch.optim.AdamW([g for g in groups if g["params"]], betas=(0.9, 0.98), fused=True)
        warm = max(1, int(steps * self.recipe.warmup))
        return optimizer, torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda s: min((s + 1) / warm, max(0.02, (steps - s) / max(1, steps - warm)))
        )

    def _resume(self, optimizer: Any, schedule: Any, mean: Average, begun: str) -> tuple[int, dict[str, float], int]:
        """Take up the last checkpoint; raise ``UsageError`` where the run was begun with other texts or recipe."""
        import torch

        file = self.folder / "last.pt"
        if not file.is_file():
            return 0, {}, 0
        saved = torch.load(file, weights_only=True)
        if saved.get("of") not in (None, begun):
            raise UsageError(
                f"the run {self.folder} was begun with other texts, labels, teachers or another recipe.",
                remedy="Give it what it was begun with (its recipe.json), or name a new run folder.",
            )
        self.net.load_state_dict(saved["net"])
        optimizer.load_state_dict(saved["optimizer"])
        schedule.load_state_dict(saved["schedule"])
        mean.restore(saved["mean"])
        self._say(f"resumed after epoch {saved['epoch']}")
        return int(saved["epoch"]), dict(saved["best"]), int(saved["since"])

    def _keep(self, found: Mapping[str, Any], optimizer: Any, schedule: Any, mean: Average) -> None:
        states = {"net": self.net, "optimizer": optimizer, "schedule": schedule}
        self._write({**found, **{k: v.state_dict() for k, v in states.items()}, "mean": mean.state()}, "last.pt")

    def _write(self, states: Mapping[str, Any], name: str) -> None:
        """Write a checkpoint whole or not at all."""
        import torch

        part = self.folder / f"{name}.part"
        torch.save(dict(states), part)
        part.replace(self.folder / name)

    def _log(self, line: Mapping[str, float]) -> None:
        rounded = {k: round(float(v), 4) for k, v in line.items()}
        with (self.folder / "log.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(rounded) + "\n")
        self._say(json.dumps(rounded))

    def best(self) -> Any:
        """Return the network with the best weights of the run."""
        self._take(self.folder / "best.pt")
        return self.net.eval()

    def _take(self, weights: Path) -> None:
        """Put weights into the network; its helps alone may be missing: runs before ``asked`` have none."""
        import torch

        from discourse.train.network import HELPS

        helps = {name: value for name, value in self.net.state_dict().items() if name.startswith(HELPS)}
        self.net.load_state_dict({**helps, **torch.load(weights, weights_only=True)})
