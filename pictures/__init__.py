"""Draws pictures, in a process of its own.

What a picture says is decided by whoever asks for it (:mod:`pictures.values`); here it is only put on paper. The
plotting library takes a second to load and tens of megabytes, so it is imported nowhere but in the child process
(``python -m pictures``), which :mod:`pictures.child` starts, watches and ends.
"""
