"""What it means: one report value, then its faces. Summarise purely, render late."""

from discourse.report.value import ReportData, ReportInputs, build

__all__ = ["ReportData", "ReportInputs", "build"]
