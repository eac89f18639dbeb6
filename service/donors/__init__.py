"""Identity and consent: encrypted, found by keyed hash; owned here and nowhere else."""

from service.donors.identity import Person, recognise, reveal

__all__ = ["Person", "recognise", "reveal"]
