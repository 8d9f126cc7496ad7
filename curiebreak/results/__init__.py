"""Results as frozen, versioned models, to and from JSON.

Lengths are in Å, angles in degrees, strain has no unit; what is missing is ``None``. The
models hold plain Python numbers: :func:`vector`, :func:`vector3` and :func:`matrix` convert
arrays.
"""

from curiebreak.results.basic import (
    Labels,
    Matrix,
    SpaceGroup,
    Status,
    SymmetryGroup,
    Vector,
    Vector3,
    matrix,
    vector,
    vector3,
)
from curiebreak.results.blocks import (
    Glazer,
    Index,
    IsotropySubgroup,
    LadderRung,
    LostOperation,
    MappingSummary,
    StructureSummary,
)
from curiebreak.results.certification import Certification, GivenInput
from curiebreak.results.couplings import (
    CoupledIrrep,
    CouplingReport,
    InvariantPolynomial,
    LeftOut,
    PolynomialTerm,
)
from curiebreak.results.documents import (
    SCHEMA_VERSION,
    Analysis,
    Decomposition,
    Document,
    Domain,
    Domains,
    Finding,
    MappingReport,
    PairedAtom,
)
from curiebreak.results.irreps import Carrier, IrrepEntry, Kind, Mode, OriginLabel, Role
from curiebreak.results.learned import (
    Certificate,
    CrossCheck,
    InputField,
    Snapshot,
    StructureData,
    Structures,
    Trace,
    Verdict,
)

__all__ = [
    "SCHEMA_VERSION",
    "Analysis",
    "Carrier",
    "Certificate",
    "Certification",
    "CoupledIrrep",
    "CouplingReport",
    "CrossCheck",
    "Decomposition",
    "Document",
    "Domain",
    "Domains",
    "Finding",
    "GivenInput",
    "Glazer",
    "Index",
    "InputField",
    "InvariantPolynomial",
    "IrrepEntry",
    "IsotropySubgroup",
    "Kind",
    "Labels",
    "LadderRung",
    "LeftOut",
    "LostOperation",
    "MappingReport",
    "MappingSummary",
    "Matrix",
    "Mode",
    "OriginLabel",
    "PairedAtom",
    "PolynomialTerm",
    "Role",
    "Snapshot",
    "SpaceGroup",
    "Status",
    "StructureData",
    "StructureSummary",
    "Structures",
    "SymmetryGroup",
    "Trace",
    "Vector",
    "Vector3",
    "Verdict",
    "matrix",
    "vector",
    "vector3",
]
