"""Labelled pairs of posts: which share which, as a person sees it."""
