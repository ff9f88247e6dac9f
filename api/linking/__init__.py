"""The source ``links``: rows of neighbours are kept, resolved again after every visit, and drawn between CIs (D42).

What is drawn follows from the stored rows alone. A link is a change of the estate only where a row that speaks of it
changed between two complete readings; what is merely understood better (a stub that is read at last, a name that turns
out to be two devices) changes the picture and accuses nobody.
"""

from __future__ import annotations

from driftline.api.linking.linking import Linked, Linking

__all__ = ["Linked", "Linking"]
