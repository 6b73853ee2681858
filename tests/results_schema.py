"""docs/results.schema.json: kept in step with the code and docs/results.md; what is held to it.

Run ``python -m tests.results_schema`` in the project's folder after changing what may stand in
results.json: the layout is edited in the schema itself, names and words come from the code.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import jsonschema

from analysis.claims.agreement import Standing
from analysis.claims.base import STATEMENTS, VERDICTS
from analysis.crossposts.kinds import KINDS
from analysis.evidence.drift import Rival
from analysis.results import SCHEMA
from analysis.settings import ScoreSettings, Settings

DOCS = Path(__file__).parents[1] / "docs"
FILE = DOCS / "results.schema.json"
STUDY_TOML = "#/$defs/study_toml"
_BOUNDS = {
    "gt": "exclusiveMinimum",
    "ge": "minimum",
    "lt": "exclusiveMaximum",
    "le": "maximum",
}

Schema = dict[str, Any]


@functools.cache
def _validator(file: Path) -> jsonschema.Draft202012Validator:
    schema = json.loads(file.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(
        schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )


def violations(results: Any, file: Path = FILE) -> list[str]:
    """Return what a published schema has against a results.json, one line each."""
    found = _validator(file).iter_errors(results)
    return [f"{error.json_path}: {error.message[:300]}" for error in found]


def descriptions() -> dict[str, str]:
    """Return what docs/results.md says of each key; names of a study's own are ``<>``."""
    return described((DOCS / "results.md").read_text(encoding="utf-8"))


def described(text: str) -> dict[str, str]:
    """Return what the tables of a document say of each key."""
    rows = re.findall(r"^\| (`.*?`) \| (.*?) \|$", text, re.MULTILINE)
    return {
        re.sub(r"<\w+>", "<>", key): re.sub(r"\[(.*?)\]\(.*?\)", r"\1", said)
        for keys, said in rows
        for key in re.findall(r"`([^`]+)`", keys)
    }


def leaves(schema: Schema, node: Schema, path: str = "") -> Iterator[tuple[str, Schema]]:
    """Yield every key that holds no record of its own, with the schema of its value."""
    if node.get("$ref") == STUDY_TOML:
        yield f"{path}.<>", node
        return
    inner = list(_inside(schema, node, path))
    if not inner:
        yield path, node
    for name, child in inner:
        yield from leaves(schema, child, name)


def _inside(schema: Schema, node: Schema, path: str) -> Iterator[tuple[str, Schema]]:
    """Yield what stands in a node under a key of its own: properties, and those of records."""
    if "$ref" in node:
        yield from _inside(schema, schema["$defs"][node["$ref"].rpartition("/")[2]], path)
    for option in node.get("anyOf", []):
        yield from _inside(schema, option, path)
    for key, child in node.get("properties", {}).items():
        yield (f"{path}.{key}" if path else key), child
    if isinstance(more := node.get("additionalProperties"), dict):
        records = list(_inside(schema, more, f"{path}.<>"))
        yield from records or [(f"{path}.<>", more)]
    items = [node["items"]] if node.get("items") else node.get("prefixItems", [])
    for item in items:
        yield from _inside(schema, item, f"{path}[]")


def regenerated(schema: Schema) -> Schema:
    """Return the schema with all that the code and the documents say themselves."""
    schema = json.loads(json.dumps(schema))
    schema["$id"] = f"urn:needle:results:{SCHEMA}"
    top, defs = schema["properties"], schema["$defs"]
    top["schema"]["const"] = SCHEMA
    kinds = list(get_args(ScoreSettings.model_fields["kind"].annotation))
    top["study"]["properties"]["score"]["properties"]["kind"]["enum"] = kinds
    top["crossposts"]["properties"]["by_kind"]["propertyNames"]["enum"] = list(KINDS)
    checks = top["confirmation"]["anyOf"][1]["properties"]["checks"]
    checks["items"]["properties"]["standing"]["enum"] = list(get_args(Standing))
    rivals = defs["channel"]["properties"]["beside_rivals"]["properties"]["rivals"]
    rivals["items"]["enum"] = list(get_args(Rival))
    defs["verdict"]["enum"] = list(VERDICTS)
    top["claims"]["minItems"] = len(STATEMENTS)
    top["claims"]["prefixItems"] = [
        {"$ref": "#/$defs/claim", "properties": {"id": {"const": name}}} for name in STATEMENTS
    ]
    settings = _tidy(Settings.model_json_schema(by_alias=False, mode="serialization"))
    defs |= settings.pop("$defs")
    defs["study_toml"] = settings
    said = descriptions()
    for path, node in leaves(schema, schema):
        if path in said and "const" not in node:
            node["description"] = said[path]
    return schema


def _tidy(node: Any) -> Any:
    """Return pydantic's schema as it is in results.json: every key is written, bounds by name."""
    if isinstance(node, list):
        return [_tidy(item) for item in node]
    if not isinstance(node, dict):
        return node
    names = "properties" in node
    kept = {_BOUNDS.get(key, key): value for key, value in node.items()}
    for key in ("title", "default", "description"):
        if isinstance(kept.get(key), str) or key == "default":
            kept.pop(key, None)
    if names:
        kept["required"] = list(node["properties"])
        kept["properties"] = {name: _tidy(value) for name, value in node["properties"].items()}
    return {key: value if key == "properties" else _tidy(value) for key, value in kept.items()}


def as_text(value: Any, indent: int = 0, key: str = "") -> str:
    """Return JSON that puts on one line what fits on one."""
    short = json.dumps(value, ensure_ascii=False)
    if len(short) + indent + len(key) < 98 or not isinstance(value, dict | list) or not value:
        return short
    space = " " * (indent + 2)
    if isinstance(value, dict):
        parts = [
            f"{space}{json.dumps(name)}: {as_text(item, indent + 2, name + ' ' * 4)}"
            for name, item in value.items()
        ]
    else:
        parts = [space + as_text(item, indent + 2) for item in value]
    first, last = "{}" if isinstance(value, dict) else "[]"
    return f"{first}\n" + ",\n".join(parts) + f"\n{' ' * indent}{last}"


if __name__ == "__main__":
    made = regenerated(json.loads(FILE.read_text(encoding="utf-8")))
    FILE.write_text(as_text(made) + "\n", encoding="utf-8")
