"""Magnetic order: the parent that a magnetic CIF states, its grey group, and the irreps of moments with time parity."""
