"""Which collector does which kind of site.

A new one is a module with a `Collector`, a line here, and a line in ``kinds.BY_ADDRESS`` where the
address tells the kind.
"""

from __future__ import annotations

from collections.abc import Mapping

from analysis.collect.base import Collector
from analysis.collect.feed import collect_feed
from analysis.collect.ghost import collect_ghost
from analysis.collect.page import collect_page
from analysis.collect.settings import Kind
from analysis.collect.sitemap import collect_sitemap
from analysis.collect.wordpress import collect_wordpress

COLLECTORS: Mapping[Kind, Collector] = {
    "wordpress": collect_wordpress,
    "feed": collect_feed,
    "sitemap": collect_sitemap,
    "ghost": collect_ghost,
    "page": collect_page,
}
