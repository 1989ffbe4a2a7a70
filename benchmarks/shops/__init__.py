"""Random small shops: whether the heads that a forecast asks for are enough, and no more."""
