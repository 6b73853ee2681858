"""A file, a folder or an archive (zip, tar, WARC), read alike and never extracted to disk."""

from analysis.files.common import sha256_of, within
from analysis.files.tree import Look, Tree, Watched

__all__ = ["Look", "Tree", "Watched", "sha256_of", "within"]
