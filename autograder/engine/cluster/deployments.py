"""Where a cluster comes from: an address, this machine, or Dask's own packages for Slurm and Kubernetes.

How large their jobs are, which queue or image they take, is said in Dask's own configuration. Grades nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Final

import dask
from distributed import Client, LocalCluster

from autograder.engine.launcher import LaunchError

KINDS: Final = ("local", "slurm", "kubernetes")
"""Beside addresses."""

_CONNECT_SECONDS: Final = 30.0
_PACKAGES: Final = {
    "slurm": ("dask_jobqueue", "SLURMCluster", "dask-jobqueue"),
    "kubernetes": ("dask_kubernetes.operator", "KubeCluster", "dask-kubernetes"),
}


@contextmanager
def connected(where: str, workers: int) -> Iterator[Callable[[], Client]]:
    """Find a cluster, or start one that ends with the block; gives what connects to it.

    Args:
        where: a scheduler's address, for example "tcp://10.0.0.1:8786", or one of KINDS.
        workers: to start; of a cluster at an address, nothing is started.

    Raises:
        LaunchError: it is not there, or cannot be started.
    """
    # A submission that kills its worker is tried again by Loupe, which keeps count; not by the scheduler.
    with dask.config.set({"distributed.scheduler.allowed-failures": 1}):
        if "://" in where:
            yield lambda: _client(where)
            return
        try:
            cluster = _started(where, workers)
        except LaunchError:
            raise
        except Exception as error:  # Each package has its own ways to fail; all are the cluster's.
            raise LaunchError(f"--cluster {where}: it cannot be started: {_line(error)}.") from error
        with cluster:
            yield lambda: _client(cluster)


def _started(where: str, workers: int) -> Any:
    if where == "local":
        return LocalCluster(n_workers=workers, threads_per_worker=1, memory_limit=0, dashboard_address=None)
    if where not in _PACKAGES:
        raise LaunchError(f"--cluster {where}: give a scheduler's address (tcp://…) or {', '.join(KINDS)}.")
    module, name, package = _PACKAGES[where]
    try:
        deployment = getattr(import_module(module), name)
    except ModuleNotFoundError as error:
        raise LaunchError(f"--cluster {where}: the package {package} is not installed.") from error
    cluster = deployment()
    cluster.scale(workers)
    return cluster


def _client(scheduler: Any) -> Client:
    try:
        return Client(scheduler, timeout=_CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise LaunchError(f"The scheduler {scheduler} cannot be reached: {_line(error)}.") from error


def _line(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0][:300].rstrip(".")
