"""The `groundwork` command. It composes rendering and checking; neither knows the other."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from groundwork.render.problems import report_problems

if TYPE_CHECKING:  # a command imports what it needs: `check` of a fresh tree renders nothing
    from groundwork.live.answers import Answers
    from groundwork.render.synth import Outcome
    from groundwork.review.check import Verdict

__all__ = ["main"]

app = typer.Typer(
    help="Groundwork: an agentic-AI platform on Amazon EKS, from short declarations to reviewed manifests.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Clusters = Annotated[
    list[str] | None, typer.Option("--cluster", metavar="NAME", help="Only this cluster; may be repeated.")
]
ForMachines = Annotated[Literal["text", "json"], typer.Option("--format", help="For people or for machines.")]
Strict = Annotated[bool, typer.Option("--strict", help="What could not be asked counts too.")]
Policies = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Policies and waivers; the repository's own unless given.")
]


def main() -> None:
    """Run the command; problems that people can mend are printed as sentences and exit with 2."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # what a finding quotes may be more than the terminal can show
    with report_problems():
        app()


def _root() -> Path:
    """The repository that the command is run in.

    Raises:
        LookupError: there is none.
    """
    root = _repository()
    if root is None:
        message = "no fleet.yaml here or in any folder above: run this inside the repository"
        raise LookupError(message)
    return root


def _repository() -> Path | None:
    """The closest folder at or above this one that holds fleet.yaml."""
    here = Path.cwd()
    return next((folder for folder in (here, *here.parents) if (folder / "fleet.yaml").exists()), None)


@app.command("synth")
def synth_command(
    cluster: Clusters = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Write there instead of generated/.")] = None,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Render everything afresh.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Render again whenever a file changes.")] = False,
) -> None:
    """Bring generated/ up to date with the declarations."""
    root = _root()
    _demand_clusters(root, cluster)
    if not watch:
        _synth_once(root, out, cluster, use_cache=not no_cache)
        return
    from watchfiles import watch as changes

    places = [
        root / place for place in ("fleet.yaml", "clusters", "apps", "platform", "argocd") if (root / place).exists()
    ]
    _synth_apart(root, out, cluster)
    with contextlib.suppress(KeyboardInterrupt):
        for _ in changes(*places):
            _synth_apart(root, out, cluster)


def _demand_clusters(root: Path, wanted: list[str] | None) -> None:
    from groundwork.render.synth import cluster_names

    known = cluster_names(root)
    for name in wanted or ():
        if name not in known:
            message = f"no cluster is called '{name}'; declared are: {', '.join(known) or 'none'}"
            raise LookupError(message)


def _synth_once(root: Path, out: Path | None, clusters: list[str] | None, *, use_cache: bool) -> None:
    from groundwork.render.progress import shown
    from groundwork.render.synth import cluster_names, synth

    names = clusters or cluster_names(root)
    for outcome in shown(synth(root, out=out, clusters=clusters, use_cache=use_cache), names):
        print(_line(outcome, max(map(len, names), default=0)), flush=True)


def _synth_apart(root: Path, out: Path | None, clusters: list[str] | None) -> None:
    """A process of its own, so that changed Python code is really read again."""
    import subprocess

    chosen = [part for name in clusters or () for part in ("--cluster", name)]
    elsewhere = ["--out", str(out)] if out else []
    subprocess.run([sys.executable, "-m", "groundwork.cli", "synth", *chosen, *elsewhere], cwd=root, check=False)


def _line(outcome: Outcome, width: int) -> str:
    files = outcome.files
    rendered = (
        "from cache"
        if not outcome.rendered
        else f"{outcome.rendered} of {outcome.rendered + outcome.cached} components"
    )
    return (
        f"{outcome.cluster:<{width}}  {outcome.objects:>5} objects  {files.written:>4} written  {files.unchanged:>4} unchanged"
        f"  {files.removed:>4} removed  {outcome.seconds:5.2f} s  {rendered}"
    )


@app.command()
def check(
    *,
    tree: Annotated[Path | None, typer.Option(metavar="DIR", help="Any folder laid out like generated/.")] = None,
    policies: Policies = None,
    form: Annotated[
        Literal["text", "json", "sarif"], typer.Option("--format", help="For people or for machines.")
    ] = "text",
    rule: Annotated[
        list[str] | None, typer.Option(metavar="PREFIX", help="Only findings of these rules; may be repeated.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings and undecided findings count too.")] = False,
    production: Annotated[
        bool, typer.Option("--production", help="List placeholders and pins that are still missing.")
    ] = False,
) -> None:
    """Judge generated/: exit 0 without errors, 1 with, 2 when it could not run."""
    from groundwork.review.check import judge

    root = _repository() if tree else _root()
    folder = _judged(tree)
    policies = _policies(policies, root)
    _demand_rules(rule or (), policies)
    verdict = judge(
        folder,
        expected=_expected(_root()) if tree is None else None,
        policies=policies,
        intent=root,
        production=production,
    )
    if not verdict.objects and not verdict.exit_code(strict=False):
        message = f"{folder} holds no manifests: a tree has a folder per cluster"
        raise LookupError(message)
    verdict = verdict.only(rule) if rule else verdict
    _tell(verdict, form)
    sys.exit(verdict.exit_code(strict=strict))


def _judged(tree: Path | None, clusters: list[str] | None = None) -> Path:
    """The tree that was named, or the repository's own, which has the clusters that are declared."""
    if tree is not None:
        return _folder(tree.absolute())
    _demand_clusters(_root(), clusters)
    return _folder(_root() / "generated", ": run `make synth` first")


def _folder(folder: Path, hint: str = "") -> Path:
    if not folder.is_dir():
        message = f"{folder} is not a folder{hint}"
        raise LookupError(message)
    return folder


def _policies(given: Path | None, root: Path | None) -> Path | None:
    """Those that were named, else the repository's, else none."""
    if given is not None:
        return _folder(given.absolute())
    return root / "policies" if root is not None and (root / "policies").is_dir() else None


def _demand_rules(wanted: Iterable[str], policies: Path | None) -> None:
    """A misspelt rule would hide every finding, and pass."""
    from groundwork.review.rules import stated

    for prefix in wanted:
        if not any(known.startswith(prefix) for known in stated(policies)):
            message = f"no rule begins with '{prefix}'; `groundwork explain` lists them all"
            raise LookupError(message)


def _tell(verdict: Verdict, form: Literal["text", "json", "sarif"]) -> None:
    from groundwork.review.report import report

    if form == "text":
        from groundwork.review.text import show

        show(report(verdict), sys.stdout)
    elif form == "json":
        from groundwork.review.json_report import document

        print(json.dumps(document(report(verdict)), indent=2))
    else:
        from groundwork.review import sarif

        print(json.dumps(sarif.document(report(verdict)), indent=2))


@app.command()
def explain(
    rule: Annotated[str | None, typer.Argument(help="As findings show it in brackets.")] = None,
    policies: Policies = None,
) -> None:
    """What a rule demands, why, and how to mend what breaks it; without a rule, all of them in a line each."""
    from groundwork.review import rules

    folder = _policies(policies, _repository())
    print(rules.explain(rule, folder) if rule else rules.catalogue(folder))


@app.command()
def fit(
    model: Annotated[str | None, typer.Argument(help="Only the servers of this model.")] = None,
    cluster: Clusters = None,
    tree: Annotated[Path | None, typer.Option(metavar="DIR", help="Any folder laid out like generated/.")] = None,
) -> None:
    """What model servers do with memory, in GiB: the budget of a device, requests at once, longest context. Exit 1 if one does not fit."""
    from groundwork.review.fit import LEGEND, accounted, budgets, fits

    root = _repository() if tree else _root()
    folder = _judged(tree, cluster)
    found = accounted(folder, intent=root, clusters=cluster, model=model)
    print(f"{LEGEND}\n")
    for name, accounts in found.items():
        for line in budgets(name, accounts):
            print(line)
    sys.exit(not fits(found.values()))


@app.command()
def placement(
    cluster: Clusters = None,
    pool: Annotated[str | None, typer.Option(metavar="NAME", help="Only what can run on this pool.")] = None,
    why: Annotated[
        str | None, typer.Option(metavar="POD", help="What every pool says to this pod, in Karpenter's words.")
    ] = None,
    tree: Annotated[Path | None, typer.Option(metavar="DIR", help="Any folder laid out like generated/.")] = None,
) -> None:
    """Which pool and machine every pod gets, and for how much an hour. Exit 1 if one has none."""
    from groundwork.review.placement import LEGEND, placed, reasons, settled, table

    folder = _judged(tree, cluster)
    found = placed(folder, cluster)
    if why is not None:
        print("\n".join(reasons(found, why)))
        return
    print(LEGEND)
    for world in found:
        print()
        for line in table(world, pool):
            print(line)
    sys.exit(not settled(found))


@app.command()
def quota(
    cluster: Clusters = None,
    tree: Annotated[Path | None, typer.Option(metavar="DIR", help="Any folder laid out like generated/.")] = None,
) -> None:
    """What every quota and limit allows, what the peak asks for, and who asks for most. Exit 1 if one is too small."""
    from groundwork.review.quota import LEGEND, kept, table, weighed

    folder = _judged(tree, cluster)
    found = weighed(folder, _repository())
    print(LEGEND)
    print()
    for line in table(found, cluster):
        print(line)
    sys.exit(not kept(found))


def _expected(root: Path) -> Mapping[str, Mapping[PurePosixPath, bytes] | None]:
    """What each cluster's folder should hold; None where it is known to hold just that."""
    from groundwork.render.fingerprint import Record, fingerprint
    from groundwork.render.synth import cluster_names, render_fleet

    state, records = fingerprint(root), root / ".cache" / "render"
    names = cluster_names(root)
    fresh = [name for name in names if Record(records, name).describes(state, root / "generated" / name) is not None]
    expected: dict[str, Mapping[PurePosixPath, bytes] | None] = dict.fromkeys(fresh)
    for render in render_fleet(root, [name for name in names if name not in fresh]):
        expected[render.cluster] = {path: text.encode() for path, text in render.files.items()}
    return expected


@app.command("list")
def list_command() -> None:
    """Components by cluster: versions, objects, and how many chart facts are only assumed."""
    from groundwork.review.inventory import inventory

    print(inventory(_root() / "generated"))


@app.command()
def new(
    noun: Annotated[Literal["model", "agent", "tool", "tenant", "pipeline", "cluster"], typer.Argument()],
    name: Annotated[str, typer.Argument()],
    config: Annotated[Path | None, typer.Option(metavar="FILE", help="A model's downloaded config.json.")] = None,
    answers: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="A value that has no default.")
    ] = None,
) -> None:
    """Write a valid, commented starting file."""
    from groundwork.fleet.scaffold import scaffold

    for answer in answers or ():
        if "=" not in answer:
            message = f"--set {answer}: write it as KEY=VALUE"
            raise ValueError(message)
    given = dict(answer.split("=", 1) for answer in answers or ())
    root = _root()
    print(scaffold(root, noun, name, config, **given).relative_to(root))


@app.command()
def secrets(cluster: Annotated[str, typer.Argument()]) -> None:
    """What must stand in AWS Secrets Manager before a cluster comes up, as commands to run."""
    from groundwork.fleet.loader import load
    from groundwork.review.secrets import commands

    root = _root()
    _demand_clusters(root, [cluster])
    print(commands(load(root).site(cluster), root / "generated"))


@app.command()
def preflight(cluster: Annotated[str, typer.Argument()], form: ForMachines = "text", strict: Strict = False) -> None:
    """Before bootstrap: are the programs, the declarations and the AWS account ready? Reads only; exit codes like `check`."""
    from groundwork.fleet.loader import load
    from groundwork.live.preflight import preflight as ask

    root = _root()
    _demand_clusters(root, [cluster])
    _answer(ask(load(root), cluster, root / "generated"), form, strict=strict)


@app.command()
def verify(
    cluster: Annotated[str, typer.Argument()],
    context: Annotated[
        str | None, typer.Option(metavar="NAME", help="kubectl's context; the current one unless given.")
    ] = None,
    form: ForMachines = "text",
    strict: Strict = False,
) -> None:
    """After bootstrap: is the running cluster what its tree says? Reads only, through kubectl; exit codes like `check`."""
    from groundwork.live.verify import verify as ask

    root = _root()
    _demand_clusters(root, [cluster])
    _answer(ask(cluster, root / "generated", context), form, strict=strict)


def _answer(answers: Answers, form: Literal["text", "json"], *, strict: bool) -> None:
    if form == "text":
        answers.show(sys.stdout)
    else:
        print(json.dumps(answers.document(), indent=2))
    sys.exit(answers.exit_code(strict=strict))


if __name__ == "__main__":
    main()
