"""Child onto parent: supercell basis, origin shift, pairing, strain."""

from curiebreak.mapping.distortion import Distortion
from curiebreak.mapping.mapper import map_child

__all__ = ["Distortion", "map_child"]
