"""Change requests and people from where they are kept: in come files, out go records and parts of an observation.

Writes nothing and binds nothing: CIs stay the texts that people wrote, until the memory knows them.
"""

__all__: list[str] = []
