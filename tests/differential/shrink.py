"""A disagreement made smaller: steps and fields are left out as long as it stays of the same sort."""

from __future__ import annotations

from strategies.smaller import smaller

from differential.judge import Judgement, Subject, judge

TRIES = 250


def shrunk(subject: Subject, sort: str) -> Subject:
    """The subject, smaller, with a disagreement of the same sort."""
    best, tries, improved = _one_value(subject, sort), TRIES, True
    while improved and tries > 0:
        improved = False
        for data in list(smaller(best.data)):
            tries -= 1
            candidate = best._replace(data=data)
            if shows(candidate, sort):
                best, improved = candidate, True
                break
            if tries <= 0:
                break
    return best


def shows(subject: Subject, sort: str) -> bool:
    """Whether judging a subject finds a disagreement of this sort."""
    try:
        found: Judgement = judge(subject)
    except Exception as error:
        return sort == crash(error)
    return any(one.sort == sort for one in found.disagreements)


def crash(error: Exception) -> str:
    """The sort of a disagreement that archcalc ends with an exception of its own."""
    return f"exception {type(error).__name__}"


def _one_value(subject: Subject, sort: str) -> Subject:
    """The subject with the first of its values that is enough; without a real run, if that is not what shows it."""
    candidates = [subject._replace(others=[], real=False)]
    candidates.extend(subject._replace(others=[values], real=False) for values in subject.others)
    candidates.append(subject._replace(others=[]))
    return next((one for one in candidates if shows(one, sort)), subject)
