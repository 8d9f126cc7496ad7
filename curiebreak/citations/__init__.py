"""What to cite for a run: BibTeX of the works that its result rests on."""

from curiebreak.citations.choose import Reference, bibtex, read_result, references

__all__ = ["Reference", "bibtex", "read_result", "references"]
