"""Mails that something went wrong with, in the whole program (mutants.py)."""

import mutants
from instance import SOURCE

COUNT = 80


def test_whatever_comes_is_handled(tmp_path):
    instance, addresses = mutants.make_instance(tmp_path)
    counts, wrong, _ = mutants.hand_in_all(instance.command("inbound"), mutants.samples(SOURCE),
                                           range(COUNT), addresses)
    assert wrong == []
    assert counts[0] == COUNT, "nothing keeps the state from being saved"
    assert len(instance.json("subscriber", "list")) == 3
