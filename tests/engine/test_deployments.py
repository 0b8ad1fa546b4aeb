"""Where clusters come from. Slurm's two commands are imitated; Dask's packages are the real ones."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import dask
import pytest
import yaml

from autograder.engine.cluster import deployments, station
from autograder.engine.launcher import LaunchError

DOCS = Path(__file__).resolve().parents[2] / "docs" / "cluster"

SBATCH = """\
#!/bin/sh
for script; do :; done
cp "$script" {folder}/job.sh
setsid sh {folder}/job.sh > "{folder}/job.log" 2>&1 &
echo $! > {folder}/job.pid
echo "Submitted batch job 7"
"""
SCANCEL = """\
#!/bin/sh
echo "$@" > {folder}/cancelled
kill -TERM -"$(cat {folder}/job.pid)"
"""


def ask(connect: Any, what: Any) -> Any:
    with connect() as client:
        client.wait_for_workers(1, timeout=120)
        return client.submit(what, pure=False).result(timeout=60)


def test_workers_on_this_machine_have_the_same_versions() -> None:
    with deployments.connected("local", 1) as connect:
        told = ask(connect, station.about)
    assert told["versions"] == station.versions()
    assert told["cores"] == os.cpu_count()


def test_slurm_is_asked_for_workers_by_dasks_own_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in (("sbatch", SBATCH), ("scancel", SCANCEL)):
        (tmp_path / name).write_text(text.format(folder=tmp_path))
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    slurm = {"cores": 1, "processes": 1, "memory": "2GB", "interface": "lo", "local-directory": str(tmp_path)}
    with (
        dask.config.set({"jobqueue.slurm": {**dask.config.get("jobqueue.slurm", {}), **slurm}}),
        deployments.connected("slurm", 1) as connect,
    ):
        assert ask(connect, station.about)["versions"] == station.versions()
    assert (tmp_path / "cancelled").read_text().split() == ["7"]


@pytest.mark.parametrize(
    ("where", "sentence"),
    [
        ("tcp://127.0.0.1:1", "The scheduler tcp://127.0.0.1:1 cannot be reached"),
        ("moon", "--cluster moon: give a scheduler's address (tcp://…) or local, slurm, kubernetes."),
        ("kubernetes", "--cluster kubernetes: the package dask-kubernetes is not installed."),
        ("slurm", "--cluster slurm: it cannot be started: "),
    ],
)
def test_a_cluster_that_is_not_there_is_one_clear_line(
    monkeypatch: pytest.MonkeyPatch, where: str, sentence: str
) -> None:
    monkeypatch.setattr(deployments, "_CONNECT_SECONDS", 1.0)
    with pytest.raises(LaunchError) as caught, deployments.connected(where, 1) as connect:
        connect()
    assert str(caught.value).startswith(sentence)
    assert "\n" not in str(caught.value)


def test_the_job_file_for_slurm_is_a_script_that_grades_and_ends_its_workers(tmp_path: Path) -> None:
    """Run with commands that say what they were asked, in place of those of a cluster."""
    said = tmp_path / "said"
    # Those in the background may come after it, and `loupe` waits for them.
    wait = f"until grep -q dask {said} && grep -q srun {said}; do sleep 0.05; done"
    for name in ("dask", "srun", "loupe"):
        lines = ["#!/bin/sh", wait if name == "loupe" else "", f'echo {name} "$@" >> {said}', ""]
        (tmp_path / name).write_text("\n".join(lines))
        (tmp_path / name).chmod(0o755)
    script = DOCS / "slurm.sbatch"
    subprocess.run(
        ["bash", str(script), "a", "b", "c"],
        check=True,
        env={"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"},
        timeout=30,
    )
    lines = said.read_text().splitlines()
    (graded,) = [line for line in lines if line.startswith("loupe")]
    assert graded.startswith("loupe grade a b --out c --cluster tcp://")
    assert {line.split()[0] for line in lines} == {"dask", "srun", "loupe"}


def test_the_manifests_for_kubernetes_fit_together() -> None:
    service, *deployed = yaml.safe_load_all((DOCS / "kubernetes.yaml").read_text(encoding="utf-8"))
    scheduler, worker = (each["spec"]["template"] for each in deployed)
    for each in deployed:
        chosen, labels = (
            each["spec"]["selector"]["matchLabels"],
            each["spec"]["template"]["metadata"]["labels"],
        )
        assert chosen == labels
    assert service["spec"]["selector"] == scheduler["metadata"]["labels"]
    port = service["spec"]["ports"][0]["port"]
    address = f"tcp://{service['metadata']['name']}:{port}"
    (container,) = worker["spec"]["containers"]
    assert container["command"][:3] == ["dask", "worker", address]
    assert {"--nthreads=1", "--memory-limit=0"} <= set(container["command"])
    assert {mount["name"] for mount in container["volumeMounts"]} == {
        volume["name"] for volume in worker["spec"]["volumes"]
    }
