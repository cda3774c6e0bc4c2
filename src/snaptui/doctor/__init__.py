"""The doctor: whether everything that snaptui needs is in order, and what to do where it is not.

It changes nothing and repairs nothing. What it looks at may be broken in any way, so each look is
guarded: one that fails is told like anything else that is wrong.
"""

from snaptui.doctor.examination import examine
from snaptui.doctor.report import Finding, Level, Report

__all__ = ["Finding", "Level", "Report", "examine"]
