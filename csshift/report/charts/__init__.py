"""Charts by matplotlib, for notebooks and slides; the extra ``plot`` brings it.

Each function draws into the axes given, or into those of a new figure, and returns them.
Nothing is shown or saved: ``ax.figure.savefig("coverage.png")`` does that.
"""

from csshift.report.charts.coverage import plot_coverage
from csshift.report.charts.fairness import plot_fairness
from csshift.report.charts.heat_map import plot_heat_map
from csshift.report.charts.progress import plot_progress

__all__ = ["plot_coverage", "plot_fairness", "plot_heat_map", "plot_progress"]
