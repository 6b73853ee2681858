"""One list of dependencies, told in several files: they have to say the same."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
LOCKS = ("requirements.lock", "requirements-lab.lock")
APART = "requirements-audit.lock"
"""What `make audit` runs, in an environment of its own."""

# conda-forge's name: PyPI's name, where they differ.
CONDA_NAMES = {"python-tzdata": "tzdata"}
# In environment.yml, and no library of ours.
CONDA_ONLY = {"python", "pip"}

PYTHONS = ("3.11", "3.12", "3.13")
SYSTEMS = (
    {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"},
    {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix"},
    {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"},
)


@dataclass(frozen=True)
class Pin:
    """One entry of a lock."""

    name: str
    version: Version
    marker: Marker | None
    hashes: tuple[str, ...]

    def applies(self, python: str, system: dict[str, str]) -> bool:
        """Whether pip would install it there."""
        environment = {
            "python_version": python,
            "python_full_version": f"{python}.4",
            "implementation_name": "cpython",
            "platform_python_implementation": "CPython",
            "platform_machine": "x86_64",
            **system,
        }
        return self.marker is None or self.marker.evaluate(environment)


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    """Return the ``[project]`` table of pyproject.toml."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    table: dict[str, Any] = settings["project"]
    return table


@pytest.fixture(scope="module")
def audit() -> list[str]:
    """Return the requirements of `make audit`."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    group: list[str] = settings["dependency-groups"]["audit"]
    return group


@pytest.fixture(scope="module")
def conda() -> dict[str, Any]:
    """Return environment.yml."""
    read: dict[str, Any] = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    return read


def bounds(requirements: list[str]) -> dict[str, SpecifierSet]:
    """Return the version bounds by canonical name."""
    parsed = [Requirement(line) for line in requirements]
    return {canonicalize_name(found.name): found.specifier for found in parsed}


def conda_bounds(conda: dict[str, Any]) -> dict[str, SpecifierSet]:
    """Return the bounds of the conda packages, under the names that conda-forge gives them."""
    found = {}
    for spec in conda["dependencies"]:
        if isinstance(spec, str):
            match = re.fullmatch(r"([a-z0-9][a-z0-9._-]*)(?: (\S+))?", spec)
            assert match, f"environment.yml: {spec!r} is not 'name' or 'name bounds'"
            assert match[1] not in found, f"environment.yml: {match[1]} is there twice"
            found[match[1]] = SpecifierSet(match[2] or "")
    return found


def pins(lock: str) -> list[Pin]:
    """Return the entries of a lock."""
    text = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    return [parse_pin(line) for line in text.splitlines() if line and not line.startswith("#")]


def parse_pin(line: str) -> Pin:
    """Return one entry; anything but ``name==version ; marker --hash=...`` fails."""
    match = re.fullmatch(r"(\S+)==(\S+)(?: ; ([^#]+?))?((?:\s+--hash=\S+)*)\s*", line)
    assert match, f"not a pin: {line[:80]!r}"
    name, version, marker, hashes = match.groups()
    return Pin(
        name=canonicalize_name(name),
        version=Version(version),
        marker=Marker(marker) if marker else None,
        hashes=tuple(entry.removeprefix("--hash=") for entry in hashes.split()),
    )


def installed(lock: str, python: str, system: dict[str, str]) -> dict[str, Version]:
    """Return what the lock installs there; two pins of one package at once fail."""
    chosen: dict[str, Version] = {}
    for pin in pins(lock):
        if pin.applies(python, system):
            assert pin.name not in chosen, f"{lock}: {pin.name} twice on Python {python}"
            chosen[pin.name] = pin.version
    return chosen


def test_environment_names_and_bounds_are_pyprojects(
    project: dict[str, Any], conda: dict[str, Any]
) -> None:
    expected = bounds(project["dependencies"] + project["optional-dependencies"]["lab"])
    found = {
        CONDA_NAMES.get(name, name): bound
        for name, bound in conda_bounds(conda).items()
        if name not in CONDA_ONLY
    }
    assert found == expected


def test_environment_takes_the_same_pythons(project: dict[str, Any], conda: dict[str, Any]) -> None:
    assert conda_bounds(conda)["python"] == SpecifierSet(project["requires-python"])


def test_environment_installs_this_project_and_nothing_else_by_pip(conda: dict[str, Any]) -> None:
    assert conda["name"] == "needle"
    assert conda["channels"] == ["conda-forge", "nodefaults"]
    assert "pip" in conda["dependencies"]
    by_pip = [spec for spec in conda["dependencies"] if not isinstance(spec, str)]
    assert by_pip == [{"pip": ["-e ."]}]


@pytest.mark.parametrize("lock", [*LOCKS, APART])
def test_every_pin_is_hashed(lock: str) -> None:
    for pin in pins(lock):
        assert pin.hashes, f"{lock}: {pin.name} has no hash"
        for found in pin.hashes:
            assert re.fullmatch(r"sha256:[0-9a-f]{64}", found), f"{lock}: {pin.name}: {found}"


@pytest.mark.parametrize("lock", [*LOCKS, APART])
def test_locks_name_no_address_and_no_index(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert " @ " not in text
    options = {word.split("=")[0] for word in text.split() if word.startswith("-")}
    assert options == {"--hash"}


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("lock", LOCKS)
def test_locks_hold_everything_within_its_bounds(
    lock: str, python: str, project: dict[str, Any]
) -> None:
    extras = project["optional-dependencies"]
    wanted = project["dependencies"] + extras["dev"]
    if lock == "requirements-lab.lock":
        wanted = wanted + extras["lab"]
    for system in SYSTEMS:
        pinned = installed(lock, python, system)
        for name, bound in bounds(wanted).items():
            assert name in pinned, f"{lock}: {name} is missing on Python {python}: make lock"
            assert bound.contains(pinned[name]), f"{lock}: {name} {pinned[name]} is not {bound}"


@pytest.mark.parametrize("python", PYTHONS)
def test_the_lock_of_the_audit_holds_its_tools(python: str, audit: list[str]) -> None:
    for system in SYSTEMS:
        pinned = installed(APART, python, system)
        assert all(bound.contains(pinned[name]) for name, bound in bounds(audit).items())


@pytest.mark.parametrize("python", PYTHONS)
def test_the_two_locks_agree(python: str) -> None:
    for system in SYSTEMS:
        lean, lab = (installed(lock, python, system) for lock in LOCKS)
        assert lean == {name: lab.get(name) for name in lean}
        assert "jupyterlab" in lab.keys() - lean.keys()


def test_every_dependency_has_its_reason(project: dict[str, Any], audit: list[str]) -> None:
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    reasons = guide.split("### What we depend on", maxsplit=1)[1]
    told = [
        name
        for line in re.findall(r"^- ((?:`[^`]+`(?:, )?)+):", reasons, flags=re.MULTILINE)
        for name in re.findall(r"`([^`]+)`", line)
    ]
    extras = project["optional-dependencies"]
    wanted = project["dependencies"] + extras["lab"] + extras["dev"] + extras["bench"] + audit
    assert sorted(told) == sorted(bounds(wanted))


def test_actions_are_pinned_by_commit() -> None:
    workflows = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
    assert [path.name for path in workflows] == ["reports.yml", "supply-chain.yml", "tests.yml"]
    workflows.append(ROOT / "docs" / "collect-daily.yml")
    versions: dict[str, set[str]] = {}
    for path in workflows:
        for used in re.findall(r"uses: (.+)", path.read_text(encoding="utf-8")):
            match = re.fullmatch(r"([\w-]+/[\w-]+)@([0-9a-f]{40} # v\d+\.\d+\.\d+)", used)
            assert match, f"{path.name}: {used!r} is not action@commit # version"
            versions.setdefault(match[1], set()).add(match[2])
    assert all(len(found) == 1 for found in versions.values()), versions


def test_workflows_may_only_read_unless_a_job_says_why() -> None:
    paths = [*(ROOT / ".github" / "workflows").glob("*.yml"), ROOT / "docs" / "collect-daily.yml"]
    for path in paths:
        text = path.read_text(encoding="utf-8")
        workflow = yaml.safe_load(text)
        assert workflow["permissions"] in ({}, {"contents": "read"}), path.name
        granted = re.findall(r"^ +[a-z-]+: write(.*)$", text, flags=re.MULTILINE)
        assert all(reason.startswith(" # ") for reason in granted), path.name
        for job in workflow["jobs"].values():
            for step in job["steps"]:
                if step.get("uses", "").startswith("actions/checkout@"):
                    assert step["with"]["persist-credentials"] is False, path.name


@pytest.mark.parametrize(
    "line",
    [
        "numpy>=2.1",
        "numpy==2.1 --index-url=x",
        "--extra-index-url elsewhere",
        "numpy @ elsewhere/numpy.whl",
    ],
)
def test_only_pins_are_taken_for_pins(line: str) -> None:
    with pytest.raises(AssertionError, match="not a pin"):
        parse_pin(line)
