"""Joint learning on a family of pairs with one parent: training, prediction.

Everything that is decided by symmetry (domains, classes, which fields are free) comes from the exact side;
everything that is statistics (amplitudes, secondaries, strain, volume, probabilities of classes) is learned.
"""

from curiebreak.family.predicting import predict, predict_many, train

__all__ = ["predict", "predict_many", "train"]
