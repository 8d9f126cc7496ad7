"""Exact group theory: parents and their groups, irreps and labels, order parameters, isotropy subgroups."""
