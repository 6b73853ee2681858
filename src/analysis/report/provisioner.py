"""How the kernel manager gets the kernel that was forked for it; only workers import this."""

from __future__ import annotations

import os
import sys
from importlib.metadata import EntryPoint
from typing import Any, ClassVar

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from analysis.report.kernels import LAUNCHER, WaitingKernel

NAME = "needle-forked"


class ForkedProvisioner(LocalProvisioner):
    """Wakes the kernel in waiting, once; starts a kernel as usual when there is none.

    Attributes
    ----------
    waiting : WaitingKernel or None
        The kernel of this process.
    """

    waiting: ClassVar[WaitingKernel | None] = None

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Return how to reach the kernel, which runs ``cmd``."""
        kernel, ForkedProvisioner.waiting = ForkedProvisioner.waiting, None
        if kernel is None or cmd[0] != sys.executable or LAUNCHER not in cmd:
            return await super().launch_kernel(cmd, **kwargs)
        env = dict(kwargs.get("env") or os.environ) | {"JPY_PARENT_PID": str(os.getpid())}
        kernel.become(cmd, env, kwargs.get("cwd"))
        self.process = kernel  # type: ignore[assignment]
        self.pid = kernel.pid
        self.pgid = kernel.pid  # it leads a session of its own
        self.cwd = kwargs.get("cwd")
        return self.connection_info


def offer(kernel: WaitingKernel) -> None:
    """Make ``kernel`` the one that this process's next kernel manager gets."""
    ForkedProvisioner.waiting = kernel
    entry = EntryPoint(NAME, f"{__name__}:{ForkedProvisioner.__name__}", "")
    factory = KernelProvisionerFactory.instance()
    factory.provisioners[NAME] = entry
    factory.default_provisioner_name = NAME
