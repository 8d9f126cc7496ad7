"""Commands: each module is a command of its own name and holds a function ``command``, or a group in ``app``.

Imports that cost time belong into the body of that function.
"""
