"""Everything that is derived from a problem, computed once and passed to its users."""

from csshift.instance.instance import Instance

__all__ = ["Instance"]
