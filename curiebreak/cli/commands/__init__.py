"""Commands: each module is a command of its own name and holds a function ``command``.

Imports that cost time belong into the body of that function.
"""
