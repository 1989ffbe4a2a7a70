"""From counts of the past to an ordinary forecast with prediction intervals."""

from csshift.demand.history.backtest import BackTest, back_test
from csshift.demand.history.calendar import WorkCalendar, chinese_days
from csshift.demand.history.closures import history_notes
from csshift.demand.history.counts import History, collect_history
from csshift.demand.history.forest import Forecast, Method, forecast_history

__all__ = [
    "BackTest",
    "Forecast",
    "History",
    "Method",
    "WorkCalendar",
    "back_test",
    "chinese_days",
    "collect_history",
    "forecast_history",
    "history_notes",
]
