"""Evidence from titles: a post that says the title of a focal post, soon after it."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator

from analysis.crossposts.kinds import Found, found
from analysis.crossposts.table import DAY, Addresses, Posts
from analysis.crossposts.words import holds, telling, words_of

SOON = 7 * DAY
"""How long after a post its title alone is taken for a sign of it."""

MOST_OF = 0.6
"""Part of a title's telling words that is a sign of it."""

_RARE = 30
_KEYS = 3
_FEWEST_WORDS = 3
_FEWEST_TELLING = 2


class Titles:
    """The titles of the focal posts, found by their rarest words.

    A word that stands in more than ``_RARE`` titles finds none, so that what a post costs does
    not grow with the blog; a title without any rarer word is not looked for.
    """

    def __init__(self, posts: Posts) -> None:
        self._posts = posts
        self._texts = posts.column("text")
        self._said = posts.column("title")
        titles = posts.column("title")
        self._words: dict[int, tuple[str, ...]] = {}
        self._telling: dict[int, frozenset[str]] = {}
        common: Counter[str] = Counter()
        for row in posts.focal_rows:
            words = words_of(titles[row])
            if len(words) < _FEWEST_WORDS or len(telling(words)) < _FEWEST_TELLING:
                continue
            self._words[row] = words
            self._telling[row] = telling(words)
            common.update(self._telling[row])
        self._at: list[int] = posts.at.tolist()
        self._by_word: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for row, own in self._telling.items():
            rare = sorted(own, key=lambda word: (common[word], word))[:_KEYS]
            for word in rare:
                if common[word] <= _RARE:
                    self._by_word[word].append((self._at[row], row))

    def __len__(self) -> int:
        """Return how many titles can be looked for."""
        return len(self._words)

    def stands_in(self, of: int, post: int) -> bool:
        """Return whether the whole title of a focal post stands in another post."""
        title = self._words.get(of)
        return title is not None and holds(self._words_of(post), title)

    def _words_of(self, post: int) -> tuple[str, ...]:
        return words_of(f"{self._said[post]} \n {self._texts[post]}")

    def near(self, post: int) -> Iterator[tuple[int, bool]]:
        """Yield the focal rows whose title a post says within the time, and whether in whole."""
        posts = self._posts
        words = self._words_of(post)
        known = set(words)
        first, last = (self._at[post] - SOON, -1), (self._at[post] + DAY, -1)
        rows: set[int] = set()
        for word in known:
            titles = self._by_word.get(word)
            if titles:  # in order of time, as the focal rows are
                near = titles[bisect_left(titles, first) : bisect_left(titles, last)]
                rows.update(row for _, row in near)
        for row in sorted(rows):
            if not posts.earliest(post, row) <= posts.age(post, row) <= SOON:
                continue
            if holds(words, self._words[row]):
                yield row, True
            elif len(known & self._telling[row]) >= max(
                _FEWEST_TELLING + 1, MOST_OF * len(self._telling[row])
            ):
                yield row, False


def by_title(posts: Posts, index: Addresses, titles: Titles) -> Iterator[Found]:
    """Yield the posts that say a title; weak evidence, and weaker where it is not all.

    The title of several posts in reach, or one beside a link to another page, is evidence only in
    part: of the latest of the posts.
    """
    if not titles:
        return
    born = [int(posts.at[row]) for row in posts.focal_rows]
    in_reach = (posts.at >= born[0] - DAY) & (posts.at <= born[-1] + SOON)
    for post in (posts.others & in_reach).nonzero()[0].tolist():
        said = list(titles.near(post))
        if not said:
            continue
        whole = [row for row, is_whole in said if is_whole]
        of = max(whole or [row for row, _ in said], key=lambda row: int(posts.at[row]))
        sure = len(whole) == 1 and not posts.leads_elsewhere(post, index)
        yield found(post, of, "title" if sure else "title in part")
