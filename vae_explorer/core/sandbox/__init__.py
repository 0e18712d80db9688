"""Models that are code, in a process of their own with fences around it.

`process` is the side that asks; it never imports what the other side runs. `child` is the process that loads the code,
`fences` what is put around it first, `messages` how the two talk: JSON and plain numbers, nothing pickled.
"""
