"""The pure part: values in, values out; the standard library and ``oncall`` only."""
