"""How well texts are understood: measured on any set of utterances, with noise, as figures."""
