"""A budget's month as a picture: credits by local day, and the way to the cap.

Drawing takes a third of a second: run it in a thread. matplotlib is imported on first use (it is
slow) and draws one picture at a time, since its objects are not made for several threads.
"""

from __future__ import annotations

import io
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from bot.blocks import chart as words
from bot.core.periods import Period
from bot.core.report import Month

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, HEIGHT = 1200, 675  # pixels: 16:9, as Slack previews pictures
DPI = 100
KEPT = 8  # pictures

PAPER, INK, FAINT = "#ffffff", "#1d1c1d", "#d5d5d8"  # opaque: it looks the same in both themes
CHARGED, HELD, CAP = "#1264a3", "#ffffff", "#b3261e"
LARGE, NORMAL, SMALL = 23, 17, 15  # points: half of it is readable on a phone

_turn = Lock()


def draw(month: Month) -> bytes:
    """The picture as PNG; the same bytes for the same month."""
    with _turn:
        return _drawn(month)


@lru_cache(maxsize=KEPT)
def _drawn(month: Month) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 -- slow to import
    from matplotlib.figure import Figure  # noqa: PLC0415 -- slow to import

    figure = Figure(figsize=(WIDTH / DPI, HEIGHT / DPI), dpi=DPI, facecolor=PAPER)
    FigureCanvasAgg(figure)
    _head(figure, month)
    has_way = month.standing.cap.limit is not None and month.standing.cap.period is not Period.DAY
    if has_way:
        way, days = figure.subplots(2, 1, sharex=True, height_ratios=(2, 3), gridspec_kw=_margins())
        _way(way, month)
    else:
        days = figure.subplots(1, 1, gridspec_kw=_margins())
    _days(days, month)
    file = io.BytesIO()
    figure.savefig(file, format="png", metadata={"Software": None})
    return file.getvalue()


def _margins() -> dict[str, float]:
    return {"left": 0.08, "right": 0.975, "top": 0.815, "bottom": 0.075, "hspace": 0.22}


def _head(figure: Figure, month: Month) -> None:
    """The title with a channel's name, in which nothing is taken for mathematics."""
    title = words.title(month, _known(month.name))
    figure.text(0.02, 0.935, title, fontsize=LARGE, weight="bold", color=INK, parse_math=False)
    said = f"{words.sums(month)}. {words.outlook(month)}"
    figure.text(0.02, 0.878, said, fontsize=SMALL, color=INK, parse_math=False)


def _days(axes: Axes, month: Month) -> None:
    """Bars by day: what is held stands on what is charged, hatched."""
    _plain(axes, month)
    days = [day.day.day for day in month.days]
    charged = [day.charged for day in month.days]
    held = [day.held for day in month.days]
    axes.bar(days, charged, width=0.8, color=CHARGED, edgecolor=CHARGED, label="charged")
    axes.bar(
        days,
        held,
        width=0.8,
        bottom=charged,
        color=HELD,
        edgecolor=CHARGED,
        linewidth=1.5,
        hatch="///",
        label="held (hatched)",
    )
    limit = month.standing.cap.limit if month.standing.cap.period is Period.DAY else None
    highest = max((day.total for day in month.days), default=0)
    axes.set_ylim(0, max(highest, limit or 0, 4) * 1.22)
    if limit is not None:
        _line(axes, month, limit)
    axes.set_title("Credits a day", loc="left", fontsize=NORMAL, color=INK)
    axes.legend(
        loc="lower right",
        bbox_to_anchor=(1.0, 0.98),
        ncols=2,
        fontsize=SMALL,
        frameon=False,
        labelcolor=INK,
    )
    if not highest:
        middle = (len(month.days) + 1) / 2
        axes.text(middle, 2, "Nothing used", ha="center", fontsize=NORMAL, color=INK)


def _way(axes: Axes, month: Month) -> None:
    """How much of the cap's period was used by the end of each day, under the cap's line."""
    _plain(axes, month)
    used = month.so_far
    axes.plot(range(1, len(used) + 1), used, color=CHARGED, linewidth=3, marker="o", markersize=5)
    limit = month.standing.cap.limit or 0
    most = max(limit, *used, 1)
    axes.set_ylim(0, most * 1.32)
    _line(axes, month, limit)
    axes.set_title(
        f"Used in the {month.standing.cap.period} so far", loc="left", fontsize=NORMAL, color=INK
    )


def _line(axes: Axes, month: Month, limit: int) -> None:
    """The cap, with its name on it."""
    axes.axhline(limit, color=CAP, linewidth=2.5, linestyle="--")
    axes.annotate(
        words.cap(month),
        (1.0, limit),
        xycoords=("axes fraction", "data"),
        xytext=(-4, 5),
        textcoords="offset points",
        ha="right",
        fontsize=NORMAL,
        weight="bold",
        color=CAP,
    )


def _plain(axes: Axes, month: Month) -> None:
    """Axes that leave the word to the numbers: all days of the month, whole credits."""
    from matplotlib.ticker import MaxNLocator, StrMethodFormatter  # noqa: PLC0415 -- slow

    axes.set_facecolor(PAPER)
    axes.set_axisbelow(True)
    axes.grid(axis="y", color=FAINT)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(INK)
    axes.set_xlim(0.4, len(month.days) + 0.6)
    axes.set_xticks([1, *range(5, len(month.days) + 1, 5)])
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.tick_params(labelsize=SMALL, length=0, colors=INK)


def _known(name: str) -> str:
    """A name without the characters that the font has not: each would be an empty box."""
    return "".join(char for char in name if char.isspace() or ord(char) in _charmap())


@lru_cache(maxsize=1)
def _charmap() -> frozenset[int]:
    """What the font that comes with matplotlib, its default, can show."""
    from matplotlib import get_data_path  # noqa: PLC0415 -- slow to import
    from matplotlib.ft2font import FT2Font  # noqa: PLC0415 -- slow to import

    font = FT2Font(str(Path(get_data_path()) / "fonts" / "ttf" / "DejaVuSans-Bold.ttf"))
    return frozenset(font.get_charmap())
