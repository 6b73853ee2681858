"""A paper estimate for more accounts than fit one machine: measured costs times assumptions."""

from __future__ import annotations

from dataclasses import dataclass

from many.spark import Tasks


@dataclass(frozen=True)
class Cluster:
    """What is assumed.

    Attributes
    ----------
    executors, cores : int
        How many, and the cores of each.
    busy : float
        The share of the time that a core does a task: the rest is waiting for the slowest.
    storage, network : float
        Bytes a second that one executor reads or writes, and sends or receives.
    """

    executors: int = 200
    cores: int = 4
    busy: float = 0.6
    storage: float = 100e6
    network: float = 100e6


@dataclass(frozen=True)
class Estimate:
    """What a build would take.

    Attributes
    ----------
    rows : float
        Account-days.
    read, shuffled, written : float
        Bytes.
    cpu_hours : float
        Of one core.
    computing, storing, shuffling : float
        Hours on the cluster, if nothing of it goes on at the same time.
    """

    rows: float
    read: float
    shuffled: float
    written: float
    cpu_hours: float
    computing: float
    storing: float
    shuffling: float

    @property
    def hours(self) -> float:
        """All of it, one after the other."""
        return self.computing + self.storing + self.shuffling


def estimate(measured: Tasks, rows: int, wanted: float, cluster: Cluster) -> Estimate:
    """Return what ``wanted`` account-days take where ``rows`` took what was measured."""
    times = wanted / rows
    read, shuffled, written = (
        each * times for each in (measured.read, measured.shuffled, measured.written)
    )
    cpu_hours = measured.cpu * times / 3600
    seconds = cluster.executors * 3600
    return Estimate(
        rows=wanted,
        read=read,
        shuffled=shuffled,
        written=written,
        cpu_hours=cpu_hours,
        computing=cpu_hours / (cluster.executors * cluster.cores * cluster.busy),
        storing=(read + written) / (seconds * cluster.storage),
        # What one executor sends, another receives, and puts on its disk between.
        shuffling=2 * shuffled / (seconds * cluster.network),
    )
