"""Element symbols: which exist, and how files disguise them."""

from __future__ import annotations

import re
from collections.abc import Collection

ELEMENTS = frozenset(
    "H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr "
    "Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb "
    "Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr Rf "
    "Db Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv Ts Og".split()
)

_SEQUENCE = (
    "He Ne Ar Kr Xe Rn Fr Cs Rb K Na Li Ra Ba Sr Ca Mg Be Lr No Md Fm Es Cf Bk Cm Am Pu Np U Pa Th Ac "
    "Lu Yb Tm Er Ho Dy Tb Gd Eu Sm Pm Nd Pr Ce La Y Sc Rf Hf Zr Ti Db Ta Nb V Sg W Mo Cr Bh Re Tc Mn Hs Os Ru Fe "
    "Mt Ir Rh Co Ds Pt Pd Ni Rg Au Ag Cu Cn Hg Cd Zn Nh Tl In Ga Al B Fl Pb Sn Ge Si C Mc Bi Sb As P N H "
    "Lv Po Te Se S O Ts At I Br Cl F Og".split()
)
"""From electropositive to electronegative, in which formulas are written: IUPAC, Nomenclature of Inorganic Chemistry
(2005), table VI."""

FORMULA_ORDER = {element: place for place, element in enumerate(_SEQUENCE)}

ISOTOPES = {"D": "H", "T": "H"}
"""Hydrogen isotopes are hydrogen to symmetry."""

_VACANCIES = ("vac", "vacancy", "void", "empty")

_LETTERS = re.compile(r"[A-Za-z]+")


def plain_element(symbol: str) -> str | None:
    """Element of a symbol such as ``Mn3+``, ``O2-``, ``ti`` or ``D``; ``None`` if there is none."""
    match = _LETTERS.match(symbol.strip())
    if match is None:
        return None
    name = match.group().capitalize()
    name = ISOTOPES.get(name, name)
    return name if name in ELEMENTS else None


def is_vacancy(label: str) -> bool:
    """Whether a label or type symbol such as ``Vac1`` or ``Va`` names an empty site."""
    match = _LETTERS.match(label.strip())
    return match is not None and (match.group().lower() in _VACANCIES or match.group() == "Va")


def label_element(label: str, formula: Collection[str] = (), others: Collection[str] = ()) -> tuple[str | None, bool]:
    """Element of a site label such as ``O1A``, ``CA2`` or ``HO1``, and whether that is certain.

    Parameters
    ----------
    label : str
        The label as the file has it.
    formula : collection of str
        Elements that the file's chemical formula names; they settle cases such as ``CA1``.
    others : collection of str
        Labels of the other sites: hydrogen on oxygen is labelled ``HO``, which only without oxygen is holmium.

    Returns
    -------
    element : str or None
    certain : bool
        False where the label can be read in another way, or holds more than an element.
    """
    match = _LETTERS.match(label.strip())
    if match is None:
        return None, False
    letters = match.group()
    if _is_water(label.strip(), letters, formula):
        return "O", False
    if letters == "T" and not {"H", "D", "T"} & set(formula):
        return None, False  # a tetrahedral site rather than tritium
    two, one = letters[:2].capitalize(), letters[:1].upper()
    candidates = list(filter(None, map(plain_element, (two, one))))
    stated = [c for c in candidates if c in formula]
    if stated:
        return stated[0], True
    if not candidates:
        return None, False
    certain = letters in {*ELEMENTS, *ISOTOPES}
    if re.match("[A-Z]{2}", letters) and one in candidates:
        return (two if two in candidates and _is_one_element(letters, others) else one), certain
    return candidates[0], certain


def _is_one_element(capitals: str, others: Collection[str]) -> bool:
    """Whether capitals are one symbol: two and no more (``CA``), and not hydrogen on oxygen (``HO``)."""
    on_oxygen = capitals[:2] == "HO" and any(name.strip().upper().startswith("O") for name in others)
    return len(capitals) == 2 and not on_oxygen


def _is_water(label: str, letters: str, formula: Collection[str]) -> bool:
    """``H2O``, ``H3O+``, or ``Wat1``, ``WatII``, ``WatOW``, as mineral databases label water."""
    named = letters.upper().startswith("WAT") and "W" not in formula
    return named or re.fullmatch(r"H[23]O\+?", label) is not None


def atom_style(element: str) -> tuple[float, tuple[int, int, int]]:
    """Covalent radius (Å) and colour (red, green, blue of 255) in which an element is drawn, Jmol's as ASE has them."""
    from ase.data import atomic_numbers, covalent_radii
    from ase.data.colors import jmol_colors

    number = atomic_numbers.get(element, 0)
    red, green, blue = (round(255 * float(part)) for part in jmol_colors[number])
    return float(covalent_radii[number]), (red, green, blue)
