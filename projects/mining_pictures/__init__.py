"""Pictures of mined moments and pseudo boxes.

- :mod:`moments`, :mod:`boxes`: the two commands
- :mod:`moment_page`, :mod:`box_page`: their pages
- :mod:`pages`: shared code of both
"""
