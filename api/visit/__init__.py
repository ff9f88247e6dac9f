"""The steps of one visit, each an atomic batch: items, links, absences, closing. ``api.pipeline`` orders them."""
