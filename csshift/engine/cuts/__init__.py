"""Cuts that tighten the relaxation of a program without changing its solutions."""
