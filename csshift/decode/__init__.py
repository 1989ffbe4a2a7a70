"""From the values of a program to a roster with its hourly plan."""

from csshift.decode.rosters import decode_decisions, decode_roster, encode_decisions

__all__ = ["decode_decisions", "decode_roster", "encode_decisions"]
