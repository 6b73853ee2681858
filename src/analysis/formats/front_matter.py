"""The front matter of a Markdown file: YAML, TOML or JSON at its head."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from analysis.formats.text import well_formed

_FENCES = {"---": ("---", "..."), "+++": ("+++",)}
_TOML_LINE = re.compile(r"\(at line ([0-9]+), column [0-9]+\)")

# Scalars stay as written: YAML would turn "2012-05-06 21:30:00 -0400" into a time without
# its offset, and a title such as 2012 or "no" into a number or a bool. Maps, lists and text
# are all that can be built; any explicit tag is an error.
_Loader: Any = type(
    "_Loader",
    (getattr(yaml, "CSafeLoader", yaml.SafeLoader),),
    {
        "yaml_implicit_resolvers": {},
        "yaml_constructors": {
            tag: constructor
            for tag, constructor in yaml.SafeLoader.yaml_constructors.items()
            if tag is None or tag.rpartition(":")[2] in ("str", "seq", "map")
        },
    },
)


class FrontMatterError(Exception):
    """Front matter that cannot be read.

    Attributes
    ----------
    line : int
        The line of the file, from 1.
    expected : str
        What was expected there.
    """

    def __init__(self, line: int, expected: str) -> None:
        super().__init__(f"line {line}: {expected}")
        self.line = line
        self.expected = expected


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """A file's metadata, keys in lower case, and the text under it."""

    data: Mapping[str, Any] = field(default_factory=dict)
    body: str = ""

    def text(self, key: str) -> str:
        """Return a single value as text; empty where it is missing, a list or a map."""
        value = self.data.get(key)
        if value is None or isinstance(value, Mapping | list):
            return ""
        text = well_formed(str(value)).strip()
        return "" if text in ("null", "~") else text


def has_front_matter(head: bytes) -> bool:
    """Return whether a file that starts with these bytes has front matter, by its fence."""
    text = head.decode("utf-8-sig", "replace")
    first, _, rest = text.partition("\n")
    if first.rstrip() in _FENCES:
        return re.match(r"\s*(?:#.*\n\s*)*[\"']?[A-Za-z_][\w .-]*[\"']?\s*[:=]", rest) is not None
    return re.match(r'\{\s*"[A-Za-z_]\w*"\s*:', text) is not None


def split_front_matter(text: str) -> FrontMatter:
    """Return the front matter and the body of a file whose lines end with a newline.

    Raises
    ------
    FrontMatterError
        It starts, and does not end or cannot be read.
    """
    first, _, rest = text.partition("\n")
    fence = first.rstrip()
    if fence in _FENCES:
        return _fenced(fence, rest)
    if re.match(r'\{\s*["}]', text):
        return _json(text)
    return FrontMatter({}, text)


def _fenced(fence: str, rest: str) -> FrontMatter:
    lines = rest.split("\n")
    closing = next((n for n, line in enumerate(lines) if line.rstrip() in _FENCES[fence]), None)
    if closing is None and not has_front_matter(f"{fence}\n{rest[:512]}".encode()):
        return FrontMatter({}, f"{fence}\n{rest}")
    if closing is None:
        raise FrontMatterError(1, f"expected front matter that ends with {fence}; it never does")
    source, body = "\n".join(lines[:closing]), "\n".join(lines[closing + 1 :])
    data = _yaml(source) if fence == "---" else _toml(source)
    return FrontMatter(_lower(data, 2), body)


def _yaml(source: str) -> object:
    try:
        return yaml.load(source, Loader=_Loader) or {}
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 2 if error.problem_mark else 1
        raise FrontMatterError(line, f"expected YAML: {error.problem or error.context}") from None
    except (yaml.YAMLError, UnicodeError) as error:
        raise FrontMatterError(2, f"expected YAML: {str(error).splitlines()[0]}") from None
    except RecursionError:
        raise FrontMatterError(2, "expected YAML that nests less deep") from None


def _toml(source: str) -> object:
    try:
        return tomllib.loads(source)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        found = _TOML_LINE.search(str(error))
        line = int(found[1]) + 1 if found else source.count("\n") + 2
        said = _TOML_LINE.sub("", str(error)).strip()
        raise FrontMatterError(line, f"expected TOML: {said}") from None


def _json(text: str) -> FrontMatter:
    try:
        data, end = json.JSONDecoder().raw_decode(text)
    except json.JSONDecodeError as error:
        raise FrontMatterError(error.lineno, f"expected JSON: {error.msg}") from None
    except (ValueError, RecursionError) as error:
        raise FrontMatterError(1, f"expected plain JSON: {error}") from None
    return FrontMatter(_lower(data, 1), text[end:])


def _lower(data: object, line: int) -> dict[str, Any]:
    if not isinstance(data, Mapping):
        raise FrontMatterError(line, "expected front matter of keys and values")
    return {str(key).lower(): value for key, value in data.items()}
