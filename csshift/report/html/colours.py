"""Colours of shifts: told apart by everybody, for any number of shifts.

The colours are the "light" qualitative scheme of Paul Tol ("Colour schemes", technical note
SRON/EPS/TN/09-002, 2021), made for cells with dark text and for the usual kinds of colour
blindness, here a quarter on the way to white so that a page full of them stays quiet. Shifts
beyond the eighth repeat the colours with another pattern; the code stands in every cell anyway.
"""

from __future__ import annotations

from csshift.model.shifts import Shift

PALETTE = (
    "#99bfe6",
    "#f2e6a6",
    "#f2a68c",
    "#73ccb2",
    "#ffbfcc",
    "#b2e6ff",
    "#ccd966",
    "#bfbf40",
)
INK = "#16202b"
"""Colour of the text on every colour of the palette."""

PATTERNS = (
    "",
    "repeating-linear-gradient(45deg,#fff9 0 2px,#fff0 2px 6px)",
    "repeating-linear-gradient(0deg,#fff9 0 2px,#fff0 2px 5px)",
    "repeating-linear-gradient(90deg,#fff9 0 2px,#fff0 2px 5px)",
)


def shift_classes(shifts: tuple[Shift, ...]) -> dict[str, str]:
    """Return the style classes of each shift, by code."""
    return {
        shift.code: f"c{i % len(PALETTE)} p{i // len(PALETTE) % len(PATTERNS)}".removesuffix(" p0")
        for i, shift in enumerate(shifts)
    }


def colour_rules() -> str:
    """Return the style rules of the classes."""
    colours = [f".c{i}{{background-color:{colour}}}" for i, colour in enumerate(PALETTE)]
    patterns = [
        f".p{i}{{background-image:{pattern}}}" for i, pattern in enumerate(PATTERNS) if pattern
    ]
    shared = ",".join(f".c{i}" for i in range(len(PALETTE)))
    return "\n".join([f"{shared}{{color:{INK}}}", *colours, *patterns])
