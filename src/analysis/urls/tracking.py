"""Parameters that only say where a reader came from: what they are, and who adds them."""

from __future__ import annotations

import re

_FAMILIES: tuple[tuple[str, str], ...] = (
    (r"utm_\w+", "Google Analytics and every newsletter since"),
    (r"_g[al]|g_[cm]\w{1,8}", "Google Analytics, between domains"),
    (r"mtm_\w+|(?:pk|piwik|matomo)_\w+", "Matomo, once Piwik"),
    (r"hsa_\w+|_hs\w+|__hs\w+|hsctatracking", "HubSpot"),
    (r"mc_[ce]id|mkt_tok|_ke|_kx|vero_\w+|ck_subscriber_id|__s|oly_\w+_id|_bta_\w+", "mailings"),
    (r"(?:fb|g|dc|ms|tw|tt|y|yk|s|rb)clid|[gw]braid|gclsrc|epik|li_fat_id", "clicks on ads"),
    (r"fb_(?:action_\w+|source|ref|comment_id|xd_\w+)|action_\w{2,8}_map", "Facebook's apps"),
    (
        r"igsh(?:id)?|mibextid|sfnsn?|hc_(?:ref|location)|__tn__|fref|notif_\w+",
        "Meta's sharing",
    ),
    (r"trk(?:info|email)?|trackingid|lipi|licu|midtoken|midsig", "LinkedIn's sharing"),
    (r"ref_src|ref_url|refsrc|referr?er|__twitter_impression", "what embedded the link"),
    (r"awesm|hootpostid|buffer_share|spref|sr_share|soc_src|soc_trk|sthash", "sharing, 2009-2014"),
    (r"cmpid|ncid|ito|xtor|wt_mc(?:_\w+)?|at_(?:medium|campaign)\w*|smid|smtyp", "news sites"),
    (r"replytocom|doing_wp_cron|wpsrc", "WordPress: the same page with a form, or while it works"),
    (r"amp|amp_\w+|usqp", "the same page for telephones"),
)
"""Names of parameters, and whose they are. Each is dropped whatever its value."""

_ALWAYS = re.compile("|".join(f"(?:{names})" for names, _ in _FAMILIES), re.IGNORECASE)

_NETWORK = re.compile(
    r"(?:twitter|tw|t\.co|facebook|fb|linkedin|li|instagram|ig|google-?plus-?1?|gplus|reddit|rss"
    r"|hn|hackernews|email|mail|newsletter|feed(?:ly|burner)?|social|share|pocket|tumblr|pinterest"
    r"|mastodon|bluesky|threads|whatsapp|telegram|slack|producthunt|rss-[\w-]*|social\.tw)",
    re.IGNORECASE,
)
_ON_TWITTER = re.compile(r"(?:twitter\.com|x\.com)")


def is_tracking(host: str, key: str, value: str) -> bool:
    """Return whether a parameter only says where the reader came from.

    ``ref`` goes unless it is a number or a path, which other sites look pages up by; ``source``,
    ``via``, ``from`` and ``share`` go only where they name a network; ``s`` and ``t`` are how
    Twitter marks the button that was pressed, and a search elsewhere; ``m`` is Blogger's page for
    telephones.

    Parameters
    ----------
    host : str
        The canonical host.
    key, value : str
        The parameter, decoded.
    """
    if _ALWAYS.fullmatch(key):
        return True
    name = key.lower()
    if name in ("source", "via", "from", "share"):
        return bool(_NETWORK.fullmatch(value))
    if name == "ref":
        return bool(re.fullmatch(r"[A-Za-z][\w.:-]{0,60}", value))
    if name in ("s", "t"):
        return bool(_ON_TWITTER.fullmatch(host)) and bool(re.fullmatch(r"[\w-]{1,40}", value))
    if name == "m":
        return host.endswith(".blogspot.com") and value in ("0", "1")
    return False
