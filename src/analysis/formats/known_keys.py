"""The keys that the open networks' records have been seen to hold, by kind of record.

Others are told as drift: the layout may have changed since this was written.
"""

from __future__ import annotations


def _keys(text: str) -> frozenset[str]:
    return frozenset(text.split())


ACTIVITY = _keys("""
    @context id type actor published to cc object signature directMessage updated
""")
NOTE = _keys("""
    @context id type summary inReplyTo published updated url attributedTo to cc sensitive atomUri
    inReplyToAtomUri conversation context content contentMap summaryMap name nameMap attachment
    tag replies likes shares quote quoteUri quoteUrl _misskey_quote quoteAuthorization
    interactionPolicy oneOf anyOf endTime closed votersCount source blurhash icon image generator
    localOnly directMessage
""")
STATUS = _keys("""
    id uri url account in_reply_to_id in_reply_to_account_id reblog content created_at edited_at
    reblogs_count favourites_count replies_count quotes_count reblogged favourited bookmarked muted
    pinned sensitive spoiler_text visibility language mentions media_attachments emojis tags card
    poll application quote quote_approval quote_approval_policy filtered text local_only
    content_type interaction_policy pleroma akkoma emoji_reactions reactions tagged_collections
""")
BLUESKY_ITEM = _keys("post reply reason feedContext reqId")
BLUESKY_VIEW = _keys("""
    $type uri cid author record embed bookmarkCount replyCount repostCount likeCount quoteCount
    indexedAt viewer labels threadgate debug
""")
BLUESKY_POST = _keys("""
    $type text createdAt langs facets embed reply tags labels entities via bridgyOriginalText
    bridgyOriginalUrl fediverseId
""")
BLUESKY_REPOST = _keys("$type subject createdAt via")
REDDIT_POST = _keys("""
    id permalink date created_utc ip subreddit gildings gildings_silver gildings_supergold title
    url body media
""")
REDDIT_T3 = _keys("""
    approved_at_utc approved_by all_awardings allow_live_comments archived author author_cakeday
    author_flair_background_color author_flair_css_class author_flair_richtext
    author_flair_template_id author_flair_text author_flair_text_color author_flair_type
    author_fullname author_is_blocked author_patreon_flair author_premium awarders
    banned_at_utc banned_by can_gild can_mod_post category clicked content_categories contest_mode
    created created_utc crosspost_parent crosspost_parent_list discussion_type distinguished domain
    downs edited gallery_data gilded gildings hidden hide_score id is_created_from_ads_ui
    is_crosspostable is_gallery is_meta is_original_content is_reddit_media_domain
    is_robot_indexable is_self is_video likes link_flair_background_color link_flair_css_class
    link_flair_richtext link_flair_template_id link_flair_text link_flair_text_color
    link_flair_type locked media media_embed media_metadata media_only mod_note mod_reason_by
    mod_reason_title mod_reports name no_follow num_comments num_crossposts num_duplicates
    num_reports over_18 parent_whitelist_status permalink pinned poll_data post_hint preview pwls
    quarantine removal_reason removed_by removed_by_category report_reasons rte_mode saved score
    secure_media secure_media_embed selftext selftext_html send_replies spoiler stickied subreddit
    subreddit_id subreddit_name_prefixed subreddit_subscribers subreddit_type
    suggested_sort thumbnail thumbnail_height thumbnail_width title top_awarded_type
    total_awards_received treatment_tags ups upvote_ratio url url_overridden_by_dest user_reports
    view_count visited whitelist_status wls
""")
HN_ITEM = _keys("""
    by dead deleted descendants id kids parent parts poll score text time title type url
""")
HN_HIT = _keys("""
    objectID created_at created_at_i updated_at author title url points num_comments story_text
    comment_text story_id story_title story_url parent_id relevancy_score children
    _tags _highlightResult
""")
GITHUB_EVENT = _keys("id type actor repo org payload public created_at")
