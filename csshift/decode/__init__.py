"""From the values of a program to a roster, and back."""

from csshift.decode.rosters import decode_decisions, encode_decisions

__all__ = ["decode_decisions", "encode_decisions"]
