"""Everything that is derived from a problem, worked out once and handed to those who use it."""

from csshift.instance.instance import Instance

__all__ = ["Instance"]
