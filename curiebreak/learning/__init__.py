"""The learned side: arrays in, arrays out; no labels, no irrep tables, no space groups."""
