"""The search: translations first, then point operations, the smallest step first, under a clock."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from curiebreak.clock import Progress, silent
from curiebreak.parents.admissible import is_admissible
from curiebreak.parents.averaging import identified
from curiebreak.parents.child import first_node
from curiebreak.parents.node import Child, Node
from curiebreak.parents.supergroups import Effort, GroupsDone, supergroup_nodes
from curiebreak.parents.translations import pseudo_translations

ALIKE = 0.01
"""Two averages of one type, index and size whose displacements agree to this are domains of one parent."""


@dataclass(eq=False)
class Search:
    """What has been found so far.

    Attributes
    ----------
    child : Child
    effort : Effort
    deadline : float
        On the monotonic clock, s.
    stopped : bool
        Whether the clock ended the search.
    expanded : int
        Nodes whose groups above were looked for.
    """

    child: Child
    effort: Effort
    deadline: float
    progress: Progress = silent
    stopped: bool = False
    expanded: int = 0
    started: float = field(default_factory=time.monotonic)
    _seen: dict[tuple[int, int, int], list[Node]] = field(default_factory=dict)

    def run(self) -> list[Node]:
        """Search, and return every different node above the child."""
        for node in self.expansions():
            self._points(node)
        return [node for group in self._seen.values() for node in group if node.index > 1]

    def expansions(self) -> list[Node]:
        """The child averaged over translations, in the order in which point operations are looked for.

        The smallest cells come first: they cost the least and lead to the aristotype, should the clock run out.
        """
        return sorted(self._translations(), key=lambda n: (-n.size, n.rms))

    def _translations(self) -> list[Node]:
        start = first_node(self.child)
        found, level = [start], [start]
        while level and not self._late():
            above: list[Node] = []
            for node in level:
                for new in pseudo_translations(node, self._late):
                    if self._late():
                        break
                    named = identified(new)
                    if named is not None and is_admissible(named) and self._is_new(named):
                        above.append(named)
            level = sorted(above, key=lambda n: n.rms)[: self.effort.translation_nodes]
            found += level
        return found

    def _points(self, node: Node) -> None:
        level, done = [node], GroupsDone(node)
        while level:
            above: list[Node] = []
            for one in level:
                above += self._above(one, done)
                if self.stopped:
                    return
            level = sorted(above, key=lambda n: -n.score())[: self.effort.after_level]

    def _above(self, node: Node, done: GroupsDone) -> list[Node]:
        self.expanded += 1
        spent = time.monotonic() - self.started
        share = spent / max(1e-9, self.deadline - self.started)
        self.progress("parents", min(1.0, share), f"{self.expanded} groups looked at")
        found = []
        for new in supergroup_nodes(node, self.effort, self._late, done):
            if self._late():
                break
            if is_admissible(new) and self._is_new(new):
                found.append(new)
        return sorted(found, key=lambda n: -n.score())[: self.effort.after_node]

    def _is_new(self, node: Node) -> bool:
        """Note a node unless a domain of it is known."""
        known = self._seen.setdefault((node.number, node.index, node.size), [])
        for other in known:
            slack = ALIKE * max(other.rms, 0.1)
            if abs(other.rms - node.rms) < slack and abs(other.dmax - node.dmax) < 2 * slack:
                return False
        known.append(node)
        return True

    def _late(self) -> bool:
        self.stopped = self.stopped or time.monotonic() > self.deadline
        return self.stopped


def search(child: Child, effort: Effort, seconds: float, progress: Progress | None = None) -> Search:
    """Prepare a search of the averages of a child over groups above its own; see :class:`Search`."""
    return Search(child, effort, time.monotonic() + seconds, progress or silent)
