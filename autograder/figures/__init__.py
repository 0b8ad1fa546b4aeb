"""What a figure record shows: panels, views, matching, diagnosis and drawing.

Pure functions on arrays and figure records. Never executes a submission, never opens a notebook, never
loads a network: whoever calls hands over what the figure has to show and what it may show by mistake.
"""
