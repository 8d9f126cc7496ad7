"""Batch runs: recognise perovskites, analyse them in worker processes, keep the results in a store."""
