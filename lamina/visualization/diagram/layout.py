"""A layered layout: boxes in bands one after the other, edges from band to band.

Directions are neutral: `along` leads from band to band, `across` lies within one. An edge that passes a band
has a bend there, a place like that of a box. So no two boxes overlap, and no edge crosses a box: within a
band it runs straight at its own place, and between bands there are no boxes.

The steps are those of K. Sugiyama, S. Tagawa, M. Toda, "Methods for Visual Understanding of Hierarchical
System Structures", 1981; places across are weighted means of the neighbours', in order and apart.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Sequence
from graphlib import TopologicalSorter
from itertools import pairwise

_ORDERINGS, _PLACINGS = 12, 12  # how often to sweep over the bands
_BEND = 12.0  # room for an edge beside boxes


class Layout:
    """Where boxes and bends lie.

    Args:
        across: size of each box within its band.
        edges: pairs of numbers of boxes, the lower one first.
        apart: least distance of neighbours in a band.

    Attributes:
        bands: numbers of boxes and, after these, of bends; in order.
        chains: for each edge the numbers from its first box to its last one, a band each.
        centre: of each box and bend, across.
        width: of the whole, across.
    """

    def __init__(self, across: Sequence[float], edges: Sequence[tuple[int, int]], apart: float):
        self.count = len(across)
        self.across, self.apart = list(across), apart
        self.bands: list[list[int]] = []
        self.chains = self._bands_and_bends(edges)
        self.above, self.below = defaultdict(list), defaultdict(list)
        for chain in self.chains:
            for upper, lower in pairwise(chain):
                self.below[upper].append(lower)
                self.above[lower].append(upper)
        self._order()
        self.centre = [0.0] * len(self.across)
        self._place()
        self.width = max(c + w / 2 for c, w in zip(self.centre, self.across, strict=True))

    def _bands_and_bends(self, edges: Sequence[tuple[int, int]]) -> list[list[int]]:
        rank = [0] * self.count
        for source, target in sorted(edges, key=lambda edge: edge[1]):
            rank[target] = max(rank[target], rank[source] + 1)
        first: dict[int, int] = {}
        for source, target in edges:
            first[source] = min(first.get(source, rank[target]), rank[target])
        for source in first.keys() - {target for _, target in edges}:
            rank[source] = first[source] - 1  # what begins the graph lies next to where it is used
        self.bands = [[] for _ in range(max(rank, default=0) + 1)]
        for box, band in enumerate(rank):
            self.bands[band].append(box)
        chains = []
        for source, target in edges:
            bends = range(len(self.across), len(self.across) + rank[target] - rank[source] - 1)
            for bend, band in zip(bends, self.bands[rank[source] + 1 :], strict=False):
                band.append(bend)
                self.across.append(_BEND)
            chains.append([source, *bends, target])
        return chains

    def _order(self) -> None:
        """Order each band by the middle of the neighbours, down and up in turn; keep the best order."""
        best = self._crossings(), [list(band) for band in self.bands]
        for sweep in range(_ORDERINGS):
            if best[0] == 0:
                break
            down = sweep % 2 == 0
            neighbours = self.above if down else self.below
            for before, band in self._pairs(down):
                position = {node: i for i, node in enumerate(before)}
                own = {node: i for i, node in enumerate(band)}
                band.sort(key=lambda node: _mean(position, neighbours[node], own[node]))
            crossings = self._crossings()
            if crossings < best[0]:
                best = crossings, [list(band) for band in self.bands]
        self.bands = best[1]

    def _pairs(self, down: bool) -> list[tuple[list[int], list[int]]]:
        bands = self.bands if down else self.bands[::-1]
        return list(pairwise(bands))

    def _crossings(self) -> int:
        total = 0
        for upper, lower in self._pairs(down=True):
            position = {node: i for i, node in enumerate(lower)}
            seen: list[int] = []
            for node in upper:
                ends = sorted(position[target] for target in self.below[node])
                total += sum(len(seen) - bisect_right(seen, end) for end in ends)
                for end in ends:
                    insort(seen, end)
        return total

    def _place(self) -> None:
        for band in self.bands:  # packed around one middle to begin with
            self._settle(band, [0.0] * len(band), [1.0] * len(band))
        for sweep in range(_PLACINGS):
            both = sweep >= _PLACINGS - 2
            for band in self.bands if sweep % 2 == 0 else self.bands[::-1]:
                sides = (self.above,) if sweep % 2 == 0 else (self.below,)
                pulls = [self._pull(n, (self.above, self.below) if both else sides) for n in band]
                self._settle(band, [p[0] for p in pulls], [p[1] for p in pulls])
        self._straighten()
        start = min(c - w / 2 for c, w in zip(self.centre, self.across, strict=True))
        self.centre = [c - start for c in self.centre]

    def _pull(self, node: int, sides: Sequence[dict[int, list[int]]]) -> tuple[float, float]:
        """Where the neighbours pull a box or bend, and how strongly: chains are to be straight."""
        total = weight = 0.0
        for other in (n for side in sides for n in side[node]):
            strength = 8.0 if self._in_chain(node) and self._in_chain(other) else 1.0
            total, weight = total + strength * self.centre[other], weight + strength
        return (total / weight, weight) if weight else (self.centre[node], 0.1)

    def _in_chain(self, node: int) -> bool:
        return len(self.above[node]) <= 1 and len(self.below[node]) <= 1

    def _straighten(self) -> None:
        """Give what lies in one chain one place.

        From the left, chains go as far as they are pulled, and farther if others are in the way; from the
        right likewise. The middle between two placings that keep all distances keeps them, too.
        """
        chain = self._chains_of_nodes()
        members: dict[int, list[int]] = defaultdict(list)
        for node, name in chain.items():
            members[name].append(node)
        pulled = {
            c: sum(self.centre[n] for n in nodes) / len(nodes) for c, nodes in members.items()
        }
        lefts: dict[int, dict[int, float]] = {name: {} for name in members}
        rights: dict[int, dict[int, float]] = {name: {} for name in members}
        for band in self.bands:
            for a, b in pairwise(band):
                distance = (self.across[a] + self.across[b]) / 2 + self.apart
                left, right = chain[a], chain[b]
                lefts[right][left] = max(distance, lefts[right].get(left, 0.0))
                rights[left][right] = lefts[right][left]
        order = list(TopologicalSorter(lefts).static_order())
        low, high = dict(pulled), dict(pulled)
        for name in order:
            low[name] = max([low[name], *(low[n] + d for n, d in lefts[name].items())])
        for name in reversed(order):
            high[name] = min([high[name], *(high[n] - d for n, d in rights[name].items())])
        self.centre = [(low[chain[n]] + high[chain[n]]) / 2 for n in range(len(self.centre))]

    def _chains_of_nodes(self) -> dict[int, int]:
        """For each box and bend the first one of its chain; chains do not cross, so they have an order."""
        chain = {node: node for band in self.bands for node in band}
        for upper, lower in self._pairs(down=True):
            position = {node: i for i, node in enumerate(lower)}
            farthest = -1
            for node in upper:
                next_ = self.below[node][0] if len(self.below[node]) == 1 else None
                if next_ is None or len(self.above[next_]) > 1 or position[next_] < farthest:
                    continue
                chain[next_], farthest = chain[node], position[next_]
        return chain

    def _settle(self, band: list[int], places: list[float], weights: list[float]) -> None:
        """Put a band as near to `places` as its order and the sizes allow, by least squares."""
        offset, offsets = 0.0, []
        for i, node in enumerate(band):
            if i:
                offset += (self.across[band[i - 1]] + self.across[node]) / 2 + self.apart
            offsets.append(offset)
        groups: list[list[float]] = []  # [mean, weight, how many], rising; too low ones join
        for place, weight, offset in zip(places, weights, offsets, strict=True):
            groups.append([place - offset, weight, 1])
            while len(groups) > 1 and groups[-2][0] > groups[-1][0]:
                mean, more, count = groups.pop()
                mine = groups[-1]
                mine[0] = (mine[0] * mine[1] + mean * more) / (mine[1] + more)
                mine[1], mine[2] = mine[1] + more, mine[2] + count
        means = [mean for mean, _, count in groups for _ in range(int(count))]
        for node, mean, offset in zip(band, means, offsets, strict=True):
            self.centre[node] = mean + offset


def _mean(position: dict[int, int], nodes: Sequence[int], otherwise: int) -> float:
    return sum(position[node] for node in nodes) / len(nodes) if nodes else float(otherwise)
