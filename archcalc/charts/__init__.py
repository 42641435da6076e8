"""Charts for worksheets: what networks cost, how maps shrink, and what windows do to small arrays.

They need matplotlib (`python -m pip install 'archcalc[notebook]'`), which is imported when a chart is drawn; all but
`front`, whose marks say in a browser which design they are.
"""

from archcalc.charts.arrays import grids, images, masks, matrices
from archcalc.charts.chart import MULTIPLICATIONS, PALETTE, PARAMETERS, Chart
from archcalc.charts.counts import MOST_BARS, bars, costs, extents, sizes
from archcalc.charts.frames import crops
from archcalc.charts.fronts import FrontPicture, front
from archcalc.charts.lines import curves
from archcalc.charts.networks import landscape
from archcalc.charts.roofline import roofline
from archcalc.charts.strips import windows
from archcalc.charts.timeline import timeline
from archcalc.charts.waterfall import waterfall

__all__ = [
    "MOST_BARS",
    "MULTIPLICATIONS",
    "PALETTE",
    "PARAMETERS",
    "Chart",
    "FrontPicture",
    "bars",
    "costs",
    "crops",
    "curves",
    "extents",
    "front",
    "grids",
    "images",
    "landscape",
    "masks",
    "matrices",
    "roofline",
    "sizes",
    "timeline",
    "waterfall",
    "windows",
]
