"""From an ordinary forecast and a promotion calendar to the forecast that is planned for."""

from csshift.demand.promotions.effects import Addition, Promoted, promote
from csshift.demand.promotions.shapes import collect_shapes
from csshift.demand.promotions.templates import Figures, double_11, june_18

__all__ = ["Addition", "Figures", "Promoted", "collect_shapes", "double_11", "june_18", "promote"]
