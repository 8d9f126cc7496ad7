"""Small results with every block filled, for tests of models, text and command line.

Labels and amplitudes are those of LaMnO3 (Pnma from Pm-3m) as ISODISTORT prints them; the rest
is chosen to fill the fields.
"""

from __future__ import annotations

from curiebreak.results import (
    CarrierResult,
    Certificate,
    CrossCheck,
    Decomposition,
    DomainResult,
    Domains,
    Finding,
    Glazer,
    Index,
    InputField,
    IrrepEntry,
    IsotropySubgroup,
    LadderRung,
    LostOperation,
    MappingResult,
    MappingSummary,
    Mode,
    OriginLabel,
    PairedAtom,
    Snapshot,
    SpaceGroup,
    StructureData,
    Structures,
    StructureSummary,
    SymmetryGroup,
    Trace,
    matrix,
)

UNIT = matrix(((1, 0, 0), (0, 1, 0), (0, 0, 1)))

PARENT = StructureSummary(
    path="parent.cif",
    formula="LaMnO3",
    n_atoms=5,
    space_group=SpaceGroup(221, "Pm-3m"),
    origin_site="Mn",
    sha256="ab",
)
CHILD = StructureSummary(path="child.cif", formula="LaMnO3", n_atoms=20, space_group=SpaceGroup(62, "Pnma"))
MAPPING = MappingSummary(
    supercell_basis=matrix(((1, 0, -1), (0, 2, 0), (1, 0, 1))),
    origin_shift=(0.5, 0.0, 0.5),
    size=4,
    rms=0.386,
    dmax=0.4825,
    strain=UNIT,
    residual_rms=1e-9,
    rebuild_error=1e-12,
    runner_up={"rms": 0.9, "strain": 0.05},
)
PNMA = IsotropySubgroup(
    number=62, symbol="Pnma", basis=MAPPING.supercell_basis, origin=(0.5, 0.0, 0.5), size=4, index=24
)
IMMA = IsotropySubgroup(number=74, symbol="Imma", size=2, index=12)
P4MBM = IsotropySubgroup(number=127, symbol="P4/mbm", size=2, index=6)

M3 = IrrepEntry(
    irrep="M3+",
    other_origins=(OriginLabel(shift=(0.5, 0.5, 0.5), irrep="M2+"),),
    kpoint=("1/2", "1/2", "0"),
    role="primary",
    direction="(a;0;0)",
    components=(0.95635, 0.0, 0.0),
    amplitude_supercell=0.95635,
    amplitude_parent=0.47818,
    dmax=0.3381,
    share=0.307,
    isotropy_subgroup=P4MBM,
    carrier=CarrierResult(site="Mn", l=1, parity="e", components={"-1": 0.7}),
    necessary=True,
    modes=(Mode(label="M3+[O:d:dsp]Eu(a)", amplitude_supercell=0.95635),),
)
R4 = IrrepEntry(
    irrep="R4+",
    other_origins=(OriginLabel(shift=(0.5, 0.5, 0.5), irrep="R5-"),),
    kpoint=("1/2", "1/2", "1/2"),
    role="primary",
    direction="(a,a,0)",
    components=(0.88780, 0.88780, 0.0),
    amplitude_supercell=1.25554,
    amplitude_parent=0.62777,
    dmax=0.3139,
    share=0.529,
    isotropy_subgroup=IMMA,
    carrier=CarrierResult(site="Mn", l=1, parity="e", components={"1": 0.5, "0": 0.5}),
    necessary=True,
)
X5 = IrrepEntry(
    irrep="X5+",
    kpoint=("0", "1/2", "0"),
    direction="(a,a;0,0;0,0)",
    components=(0.42148, 0.42148, 0.0, 0.0, 0.0, 0.0),
    amplitude_supercell=0.59606,
    amplitude_parent=0.29803,
    dmax=0.2859,
    share=0.119,
    necessary=False,
    coupling="X5+ ~ M3+·R4+",
)
GM3 = IrrepEntry(
    irrep="GM3+",
    kpoint=("0", "0", "0"),
    kind="strain",
    direction="(a,0)",
    components=(-0.03233, 0.0),
    amplitude_supercell=0.03233,
    amplitude_parent=0.03233,
    coupling="GM3+ ~ R4+^2",
)
LADDER = (
    LadderRung(tolerance=1e-3, number=62, symbol="Pnma"),
    LadderRung(tolerance=0.4, number=221, symbol="Pm-3m"),
)
GLAZER = Glazer(
    symbol="a+b-b-",
    symbol_child_axes="a-b+a-",
    angles=(9.74, 9.05, 9.05),
    howard_stokes="(a000bb)",
    irreps={"M3+": "(a;0;0)", "R4+": "(0,b,b)"},
)
LOST = (LostOperation(kind="C4", axis=(1.0, 0.0, 0.0), count=2), LostOperation(kind="t", axis=None, count=3))


def analysis() -> dict[str, object]:
    """Fields that find and modes have in common."""
    return {
        "messages": ("moments in child.cif are ignored",),
        "versions": {"curiebreak": "0.1.0"},
        "seconds": {"total": 1.5, "mapping": 0.25},
        "options": {"symprec": None, "sites": "auto"},
        "parent": PARENT,
        "child": CHILD,
        "mapping": MAPPING,
        "primary": ("M3+", "R4+"),
        "minimal_sets": (("M3+", "R4+"), ("R4+", "X5+")),
        "isotropy_subgroup": PNMA,
        "tolerance_ladder": LADDER,
        "glazer": GLAZER,
        "lost_operations": LOST,
        "index": Index(total=24, point=6, translation=4),
    }


def finding() -> Finding:
    """A finding with every block filled."""
    cell = StructureData(lattice=UNIT, species=("Mn",), frac=((0.0, 0.0, 0.0),))
    learned = InputField(site="Mn", l=1, parity="e", atoms=(0,), values=((0.0, 0.5, 0.5),))
    return Finding(
        **analysis(),  # type: ignore[arg-type]
        order_parameters=(M3, R4, X5, GM3),
        alternatives=(("R4+", "X5+"),),
        loss_without_input=1.0,
        floor_without_input=1.0,
        loss=3e-9,
        floor=0.0,
        loss_strain=1e-9,
        floor_strain=0.0,
        input_symmetry=SymmetryGroup(62, "Pnma"),
        compression_check=1e-13,
        certificates=(
            Certificate(members=(), kind="curie", learned=1.0, floor=1.0, verdict="holds"),
            Certificate(members=("M3+", "R4+"), kind="sufficient", learned=3e-9, floor=0.0, verdict="holds"),
            Certificate(
                members=("R4+",),
                kind="necessary",
                learned=0.4668,
                floor=0.4668,
                verdict="holds",
                without="M3+",
            ),
        ),
        crosscheck=CrossCheck(
            spglib_child=SpaceGroup(62, "Pnma"),
            exact_primary=("M3+", "R4+"),
            agrees=True,
            overlaps={"M3+": 1.0},
        ),
        structures=Structures(parent=cell, undistorted=cell, child=cell),
        displacements=((0.0, 0.0, 0.0),),
        breaking_input=(learned,),
        trace=Trace(
            phase=("weights", "inputs"),
            loss=(1.0, None),
            blocks=("Mn 1e M3+",),
            block_norms=((), (0.5,)),
            snapshots=(Snapshot(step=1, displacements=((0.0, 0.0, 0.0),), breaking_input=(learned,)),),
        ),
    )


def decomposition() -> Decomposition:
    """A decomposition with every block filled."""
    return Decomposition(
        **analysis(),  # type: ignore[arg-type]
        irreps=(M3, R4, X5, GM3),
        total_amplitude_parent=0.863,
        domains=Domains(
            total=24,
            rotation=6,
            translation=4,
            equivalents=(
                DomainResult(
                    operation="x,y,z",
                    rotation_domain=1,
                    translation_domain=1,
                    components={"R4+": (0.0, 1.0, 1.0)},
                ),
            ),
        ),
    )


def mapping_report() -> MappingResult:
    """A mapping report of one atom."""
    atom = PairedAtom(child_atom=3, species="O", site="O", undistorted=(0.0, 0.5, 0.5), displacement=(0.1, -0.2, 0.0))
    return MappingResult(parent=PARENT, child=CHILD, mapping=MAPPING, pairing=(atom,))
