"""Series of structures in one fixed domain: one mapping, signed amplitudes frame by frame, domain flips."""

from curiebreak.tracking.following import Tracking, track

__all__ = ["Tracking", "track"]
