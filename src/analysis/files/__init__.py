"""A file, a folder or an archive (zip, tar, WARC), read alike and never extracted to disk."""

from analysis.files.common import sha256_of
from analysis.files.tree import Look, Tree

__all__ = ["Look", "Tree", "sha256_of"]
