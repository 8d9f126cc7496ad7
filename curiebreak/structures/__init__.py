"""Crystal structures and molecules: one small immutable model, readers and writers.

Only this package knows file formats and the classes of pymatgen and ASE.
"""

from curiebreak.structures.checks import Provenance, structure_from_arrays
from curiebreak.structures.model import Structure, species_name
from curiebreak.structures.read import read_structure
from curiebreak.structures.write import write_cif, write_structure

__all__ = [
    "Provenance",
    "Structure",
    "read_structure",
    "species_name",
    "structure_from_arrays",
    "write_cif",
    "write_structure",
]
