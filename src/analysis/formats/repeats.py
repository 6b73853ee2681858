"""Pages that were seen again, unchanged: known for longer, and their numbers counted once more.

Formats read a page once. What its repetition says is added to what they made of it, so that no
record is counted twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from analysis.files import Tree
from analysis.formats.base import Extract


def once(tree: Tree) -> tuple[Tree, dict[str, str]]:
    """Return a tree without the members that repeat others of it.

    Returns
    -------
    tree, again
        The tree that formats read; and each member that is repeated, with the one that does.
    """
    again = {of: name for name in tree.names if (of := tree.repeats(name))}
    if not again:
        return tree, {}
    repeated = frozenset(again.values())
    return tree.only(name for name in tree.names if name not in repeated), again


def with_repeats(
    extract: Extract, members: Iterable[str], tree: Tree, again: Mapping[str, str]
) -> Extract:
    """Return what was read of some members, with what is known from their being unchanged.

    A format that takes the time of a capture for that up to which it is complete is so up to the
    last time that one of its pages was seen, and the numbers of a page's posts were counted then,
    too.

    Parameters
    ----------
    extract : Extract
        As the format read it.
    members : iterable of str
        Those that it read.
    tree : Tree
        The source, with the members that repeat others.
    again : mapping of str to str
        As `once` gives it.
    """
    members = list(members)
    broken = {problem.file for problem in extract.problems}
    later = {of: again[of] for of in members if of in again and tree.where(of) not in broken}
    if not later:
        return extract
    seen = {of: when for of, name in later.items() if (when := tree.seen_at(name))}
    made = extract.exported_at
    if made is not None and made in {tree.seen_at(name) for name in members}:
        made = max([made, *seen.values()])
    posts = [
        replace(post, seen_again=(seen[post.member], later[post.member]))
        if post.member in seen and post.seen_at and post.seen_at == tree.seen_at(post.member)
        else post
        for post in extract.posts
    ]
    return replace(extract, exported_at=made, posts=posts)
