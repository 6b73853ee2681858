"""docs/accounts-results.schema.json: kept in step with the code and docs/accounts.md.

Run ``python -m tests.accounts.results_schema`` in the project's folder after changing what
``needle accounts fit --json`` prints: the layout is edited in the schema itself; names, words, and
what is the same in results.json come from the code, the document and results.schema.json.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, get_args

from analysis.accounts.answer import Cluster
from analysis.accounts.faults import Name
from analysis.accounts.groups import SMALL_GROUP
from analysis.accounts.wild import Weights
from analysis.settings import ScoreSettings
from tests import results_schema
from tests.results_schema import DOCS, Schema, as_text, described, leaves

FILE = DOCS / "accounts-results.schema.json"
HEADING = "\n## Keys of the results\n"
SAME = ("verdict", "claim", "interval", "p", "share", "path")
"""Records of results.schema.json that are here as they are there."""
ELSEWHERE = ("claims[].", "channels.<>.all_posts.")
"""Records whose keys are described in another place, and not again."""


def violations(results: Any) -> list[str]:
    """Return what the published schema has against results of many accounts, one line each."""
    return results_schema.violations(results, FILE)


def descriptions() -> dict[str, str]:
    """Return what docs/accounts.md says of each key; names of the accounts' own are ``<>``."""
    text = (DOCS / "accounts.md").read_text(encoding="utf-8")
    return described(text.partition(HEADING)[2].partition("\n## ")[0])


def keys(schema: Schema) -> Iterator[tuple[str, Schema]]:
    """Yield every key that the document describes, with the schema of its value."""
    for path, node in leaves(schema, schema):
        if not path.startswith(ELSEWHERE):
            yield path, node
    yield from _records(schema)


def _records(schema: Schema) -> Iterator[tuple[str, Schema]]:
    """Yield the records that the document says something of beside their keys."""
    top, channel = schema["properties"], schema["$defs"]["channel"]["properties"]
    plain = schema["$defs"]["pooled"]["properties"]["plain"]["properties"]
    yield "joint_other", top["joint_other"]
    yield "claims[]", top["claims"]
    yield "channels.<>.mean", channel["mean"]
    yield "channels.<>.all_posts", channel["all_posts"]
    yield "channels.<>.curve", channel["curve"]
    yield "channels.<>.pooled.plain.wild", plain["wild"]


def regenerated(schema: Schema) -> Schema:
    """Return the schema with all that the code and the documents say themselves."""
    schema = json.loads(json.dumps(schema))
    layout = schema["properties"]["schema"]["const"]
    schema["$id"] = f"urn:needle:accounts-results:{layout}"
    top, defs = schema["properties"], schema["$defs"]
    published = json.loads(results_schema.FILE.read_text(encoding="utf-8"))["$defs"]
    defs |= {name: published[name] for name in SAME}
    kinds = list(get_args(ScoreSettings.model_fields["kind"].annotation))
    top["study"]["properties"]["score"]["properties"]["kind"]["enum"] = kinds
    top["pooled_errors"]["properties"]["clustered_by"]["enum"] = list(get_args(Cluster))
    top["provenance"]["properties"]["engine"]["enum"] = list(get_args(Name))
    defs["wild"]["properties"]["weights"]["enum"] = list(get_args(Weights))
    top["groups"]["properties"]["smallest_shown"]["const"] = SMALL_GROUP
    defs["group"]["properties"]["accounts"]["minimum"] = SMALL_GROUP
    said = descriptions()
    for path, node in keys(schema):
        if path in said and "const" not in node:
            node["description"] = said[path]
    return schema


if __name__ == "__main__":
    made = regenerated(json.loads(FILE.read_text(encoding="utf-8")))
    FILE.write_text(as_text(made) + "\n", encoding="utf-8")
