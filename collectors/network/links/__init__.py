"""Draws the links of a network from what its devices heard of each other. In: stored rows; out: links with their proof.

Pure: the same rows give the same picture, in whatever order they came. Nothing is guessed: a mark that fits two devices
or two ports names neither.
"""

from __future__ import annotations

from driftline.collectors.network.links.picture import Bundled, Disputed, End, Joined, Pair, Picture, Shared, pair
from driftline.collectors.network.links.resolver import Resolver, blank

__all__ = ["Bundled", "Disputed", "End", "Joined", "Pair", "Picture", "Resolver", "Shared", "blank", "pair"]
