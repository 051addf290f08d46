"""The order of requests: what somebody looks at first, and nothing starves."""

from anaplan_tui.api.refs import Kind, ModelRef, TargetRef
from anaplan_tui.core.history.agenda import Agenda, Errand, Rank


def an_errand(number: int, rank: Rank) -> Errand:
    return Errand(TargetRef(ModelRef("w", "m"), Kind.PROCESS, str(number)), rank)


def test_what_somebody_looks_at_comes_first_and_nothing_starves() -> None:
    agenda = Agenda()
    agenda.add(an_errand(number, Rank.LIST) for number in range(100))
    agenda.add(an_errand(number, Rank.AGAIN) for number in range(100, 200))
    agenda.add([an_errand(5, Rank.LIST)])
    assert len(agenda) == 200
    agenda.prefer([an_errand(77, Rank.LIST).target])
    assert agenda.next().target.id == "77"
    ranks = [agenda.next().rank for _ in range(20)]
    assert ranks.count(Rank.LIST) == ranks.count(Rank.AGAIN) == 10
