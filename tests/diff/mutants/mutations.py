"""Faults that the laws of judging must find: one edit each, of the source, never of the running product."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mutation:
    """Replace ``old`` by ``new`` in a module of ``driftline.diff``. ``old`` must stand there exactly once."""

    fault: str
    module: str
    old: str
    new: str


MUTATIONS = (
    Mutation(
        "latest instead of approved version",
        "authority",
        "    usable = usable_windows(content.windows, policy)\n    held",
        "    usable = usable_windows(versions[-1].windows, policy)\n    held",
    ),
    Mutation(
        "not proven counted as approved",
        "table",
        'return Ruling(Outcome.UNPROVEN, "R11"',
        'return Ruling(Outcome.AUTHORISED, "R11"',
    ),
    Mutation(
        "freeze ignored", "predicates", "windows, time = subtract(windows, one.time), subtract(time, one.time)", "pass"
    ),
    Mutation(
        "pending counted as approved",
        "authority",
        "return agreed if len(agreed) >= max(1, quorum) else ()",
        "return agreed or ()",
    ),
    Mutation(
        "never approved counted as approved",
        "authority",
        "approved, revoked = (term.approved_ms, term.revoked_ms) if term else (None, FOREVER)",
        "approved, revoked = (term.approved_ms, term.revoked_ms) if term else (0, FOREVER)",
    ),
    Mutation(
        "approved afterwards counted as approved",
        "table",
        'return Ruling(Outcome.RETRO, "R6", forgiven=_forgiven(pair, policy))',
        'return Ruling(Outcome.AUTHORISED, "R6")',
    ),
    Mutation(
        "attribute mismatch ignored",
        "predicates",
        "detail, strength, expected = _detail(change, authority, reached, around)",
        "detail, strength, expected = Detail.OK, Strength.CI_ONLY, None",
    ),
    Mutation("cancellation ignored", "authority", "if version.state in ENDED:", "if False:"),
    Mutation("revocation ignored", "authority", "for revocation in request.revocations:", "for revocation in ():"),
    Mutation("early closure ignored", "authority", "version.valid_from_ms < last_end and", "False and"),
    Mutation(
        "withdrawn approval ignored",
        "authority",
        "elif not agreed and opened is not None:",
        "elif step.ends and opened:",
    ),
    Mutation("hold ignored", "authority", "windows = subtract(usable, held)", "windows = usable"),
    Mutation(
        "actor ignored",
        "predicates",
        "return Actor.UNKNOWN\n    return Actor.BAD",
        "return Actor.UNKNOWN\n    return Actor.OK",
    ),
    Mutation(
        "prior approval not required",
        "authority",
        "intersect(windows, union([(approved, revoked)]))",
        "intersect(windows, union([(0, revoked)]))",
    ),
    Mutation(
        "first request wins",
        "choice",
        "pair, ruling = _best(ruled)",
        "pair, ruling = ruled[0]",
    ),
    Mutation(
        "scope ignored",
        "predicates",
        "    if reached is None:\n",
        "    if reached is None and not authority.scope.cis:\n",
    ),
    Mutation(
        "CI added after approval taken as in scope", "scope", "                continue\n", "                pass\n"
    ),
    Mutation(
        "window edge off by one, early",
        "interval",
        "if a <= after and until <= b:",
        "if a <= after + 1 and until <= b:",
    ),
    Mutation(
        "window edge off by one, late",
        "interval",
        "if a <= after and until <= b:",
        "if a <= after and until <= b + 1:",
    ),
    Mutation(
        "touching taken for overlap",
        "interval",
        "if after < b and a < until:",
        "if after <= b and a <= until:",
    ),
    Mutation(
        "approval and window joined three-valued",
        "predicates",
        "within=truth(time, span),",
        "within=Truth.PERHAPS if Truth.YES is not truth(time, span) != truth(windows, span) else truth(time, span),",
    ),
    Mutation(
        "near means inside",
        "predicates",
        "return bool(usable) and meets((",
        "return bool(usable) and covers((",
    ),
    Mutation("joint cover removed", "choice", "and len(ruled) > 1:", "and len(ruled) > 99:"),
    Mutation(
        "R6b removed",
        "table",
        "        return _approved_later(pair, policy)\n",
        "        later = _approved_later(pair, policy)\n        if later.rule == 'R6':\n            return later\n",
    ),
    Mutation(
        "standard request on its template's approval alone",
        "authority",
        "since = max(content.template_approved_ms or 0, content.valid_from_ms)",
        "since = content.template_approved_ms or 0",
    ),
    Mutation(
        "freeze applied before it was declared",
        "predicates",
        "union([(freeze.declared_ms, ",
        "union([(0, ",
    ),
    Mutation(
        "unknown actor passes where evidence is required",
        "table",
        "ACTOR: pair.who is Actor.UNKNOWN and who is Who.REQUIRE,",
        "ACTOR: False,",
    ),
    Mutation(
        "possible actor taken for named",
        "predicates",
        "if change.actor_how is ActorHow.AMBIGUOUS:",
        "if change.actor_how in {ActorHow.AMBIGUOUS, ActorHow.POSSIBLE}:",
    ),
    Mutation(
        "decisions on other content counted",
        "authority",
        "if a.material_hash == content.material_hash]",
        "]",
    ),
    Mutation(
        "policy of edits ignored",
        "authority",
        "if policy.material_edit is OnEdit.REVOKE and",
        "if",
    ),
    Mutation("facts of the approval not cited", "authority", "*(term.facts if term else ()), ", ""),
    Mutation(
        "own approval not seen",
        "choice",
        "return pair.authority.version.requester, named(pair.change)",
        "return None, None",
    ),
)
