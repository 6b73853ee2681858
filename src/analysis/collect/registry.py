"""Which collector does which kind of site.

A new one is a module with a `Collector`, a line here, and a line in ``kinds.BY_ADDRESS`` where the
address tells the kind.
"""

from __future__ import annotations

from collections.abc import Mapping

from analysis.collect.base import Collector
from analysis.collect.bluesky import collect_bluesky
from analysis.collect.feed import collect_feed
from analysis.collect.ghost import collect_ghost
from analysis.collect.github import collect_github
from analysis.collect.hackernews import collect_hackernews
from analysis.collect.mastodon import collect_mastodon
from analysis.collect.page import collect_page
from analysis.collect.reddit import collect_reddit
from analysis.collect.settings import Kind
from analysis.collect.sitemap import collect_sitemap
from analysis.collect.wayback import collect_wayback
from analysis.collect.wordpress import collect_wordpress

COLLECTORS: Mapping[Kind, Collector] = {
    "wordpress": collect_wordpress,
    "feed": collect_feed,
    "sitemap": collect_sitemap,
    "ghost": collect_ghost,
    "mastodon": collect_mastodon,
    "bluesky": collect_bluesky,
    "github": collect_github,
    "hackernews": collect_hackernews,
    "reddit": collect_reddit,
    "wayback": collect_wayback,
    "page": collect_page,
}
