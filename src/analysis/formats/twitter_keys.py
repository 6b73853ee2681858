"""What Twitter's archives have been seen to hold: keys of a tweet, and files beside the tweets."""

from __future__ import annotations

from pathlib import PurePosixPath

_TWEET = """
    contributors coordinates created_at entities favorited geo id id_str in_reply_to_screen_name
    in_reply_to_status_id in_reply_to_status_id_str in_reply_to_user_id in_reply_to_user_id_str
    lang place possibly_sensitive retweeted retweeted_status source truncated
"""
CURRENT = frozenset(
    f"""{_TWEET} display_text_range edit_info extended_entities favorite_count full_text
    is_quote_status possibly_sensitive_appealable quoted_status quoted_status_id
    quoted_status_id_str quoted_status_permalink retweet_count retweeted_status_id
    retweeted_status_id_str scopes text withheld_copyright withheld_in_countries
    withheld_scope""".split()
)
GRAILBIRD = frozenset(
    f"{_TWEET} annotations favorite_count full_text retweet_count text user".split()
)
ENTITIES = frozenset(
    {"hashtags", "media", "polls", "symbols", "timestamps", "urls", "user_mentions"}
)
URL = frozenset({"display_url", "expanded_url", "indices", "unwound", "url"})

_COLUMNS = """
    expanded_urls in_reply_to_status_id in_reply_to_user_id retweeted_status_id
    retweeted_status_timestamp retweeted_status_user_id source text timestamp tweet_id
"""
COLUMNS = frozenset(_COLUMNS.split())

_OTHERS = """
    account account-creation-ip account-label account-suspension account-timezone ad-engagements
    ad-free-article-visits ad-impressions ad-mobile-conversions-attributed
    ad-mobile-conversions-unattributed ad-online-conversions-attributed
    ad-online-conversions-unattributed ageinfo app article article-metadata
    audio-video-calls-in-dm audio-video-calls-in-dm-recipient-sessions block branch-links
    catalog-item commerce-catalog community-note community-note-batsignal community-note-rating
    community-note-tombstone community-tweet connected-application contact deleted-note-tweet
    deleted-tweet-headers deleted-tweets device-token direct-message direct-message-group
    direct-message-group-headers direct-message-headers direct-message-mute direct-messages
    direct-messages-group email-address-change expanded-profile follower following
    grok-chat-item ip-audit key-registry like lists-created lists-member lists-subscribed
    manifest moment mute ni-devices note-tweet payload_details periscope-account-information
    periscope-ban-information periscope-broadcast-metadata periscope-comments-made-by-user
    periscope-expired-broadcasts periscope-followers periscope-profile-description
    personalization phone-number product-drop product-set professional-data profile
    protected-history reply-prompt saved-search screen-name-change shop-module shopify-account
    smartblock spaces-metadata sso tweet-headers tweet_index tweetdeck twitter-article
    twitter-circle twitter-circle-member twitter-circle-tweet twitter-shop user-link-clicks
    user_details verified verified-organization
"""
_OTHER_FILES = frozenset(_OTHERS.split())
_PAGE = "your archive.html"
_SHOWN = frozenset({".css", ".gif", ".jpg", ".js", ".mp4", ".png", ".svg", ".ttf", ".woff"})
_MEDIA = ("_media", "-media")


def is_other_file(name: str) -> bool:
    """Return whether a member is one that archives hold beside the tweets, by its name.

    Such files are known and never read: messages, likes, advertising, pictures, the pages that
    show the archive.
    """
    path = PurePosixPath(name.lower())
    folders = path.parts[:-1]
    if path.suffix == ".js":
        stem, _, part = path.stem.rpartition("-part")
        known = (stem if stem and part.isdigit() else path.stem) in _OTHER_FILES
        return known or "assets" in folders
    shown = "assets" in folders or any(folder.endswith(_MEDIA) for folder in folders)
    return path.name == _PAGE or (shown and path.suffix in _SHOWN)
