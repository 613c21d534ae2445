"""A budget's month as a picture: credits by local day, and the way to the cap.

Drawing takes a third of a second: run it in a thread. matplotlib is imported on first use (it is
slow) and draws one picture at a time, since its objects are not made for several threads.
"""

from __future__ import annotations

import io
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from bot.core.periods import Period
from bot.core.report import Month
from bot.views import chart as words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, HEIGHT = 1200, 675  # pixels: 16:9, as Slack previews pictures
DPI = 100
KEPT = 8  # pictures

PAPER, INK, FAINT = "#ffffff", "#1d1c1d", "#d5d5d8"  # opaque: it looks the same in both themes
CHARGED, HELD, CAP = "#1264a3", "#ffffff", "#b3261e"
LARGE, NORMAL, SMALL = 23, 17, 15  # points: half of it is readable on a phone

LOOK_CHARGED: dict[str, Any] = {"label": "charged", "facecolor": CHARGED, "edgecolor": CHARGED}
LOOK_HELD: dict[str, Any] = {
    "label": "held (hatched)",
    "facecolor": HELD,
    "edgecolor": CHARGED,
    "hatch": "///",
}

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
    return {"left": 0.08, "right": 0.975, "top": 0.775, "bottom": 0.075, "hspace": 0.24}


def _head(figure: Figure, month: Month) -> None:
    """The title with a channel's name, and two lines in words."""
    _words(figure, 0.93, words.title(month, _known(month.name)), LARGE, "bold")
    _words(figure, 0.88, f"{words.sums(month)}.", SMALL)
    _words(figure, 0.838, words.outlook(month), SMALL)


def _words(figure: Figure, y: float, said: str, size: int, weight: str = "normal") -> None:
    """One line, smaller where it would not fit; nothing in it is taken for mathematics."""
    line = figure.text(0.02, y, said, fontsize=size, fontweight=weight, color=INK, parse_math=False)
    width = line.get_window_extent().width
    if width > 0.96 * WIDTH:
        line.set_fontsize(size * 0.96 * WIDTH / width)


def _days(axes: Axes, month: Month) -> None:
    """Bars by day: what is held stands on what is charged, hatched."""
    from matplotlib.patches import Patch  # noqa: PLC0415 -- slow to import

    _plain(axes, month)
    _bars(axes, [(day.day.day, day.charged, 0) for day in month.days], LOOK_CHARGED)
    _bars(axes, [(day.day.day, day.held, day.charged) for day in month.days], LOOK_HELD)
    limit = month.standing.cap.limit if month.standing.cap.period is Period.DAY else None
    highest = max((day.total for day in month.days), default=0)
    axes.set_ylim(0, max(highest, limit or 0, 4) * 1.22)
    if limit is not None:
        _line(axes, month, limit)
    axes.set_title("Credits a day", loc="left", fontsize=NORMAL, color=INK)
    axes.legend(
        handles=[Patch(**LOOK_CHARGED), Patch(**LOOK_HELD)],  # whether or not there is any
        loc="lower right",
        bbox_to_anchor=(1.0, 0.98),
        ncols=2,
        fontsize=SMALL,
        frameon=False,
        labelcolor=INK,
    )
    if not highest:
        middle = (len(month.days) + 1) / 2
        axes.text(
            middle,
            2,
            "Nothing used",
            ha="center",
            fontsize=NORMAL,
            color=INK,
            backgroundcolor=PAPER,
        )


def _bars(axes: Axes, bars: list[tuple[int, int, int]], look: dict[str, Any]) -> None:
    """Bars as (day, height, bottom); none where there is nothing, not even its edge."""
    if there := [bar for bar in bars if bar[1] > 0]:
        days, heights, bottoms = zip(*there, strict=True)
        axes.bar(days, heights, bottom=bottoms, **look)


def _way(axes: Axes, month: Month) -> None:
    """How much of the cap's period was used by the end of each day, under the cap's line."""
    _plain(axes, month)
    for first, used in _periods(month):
        days = range(first, first + len(used))
        axes.plot(days, used, color=CHARGED, linewidth=3, marker="o", markersize=5)
    limit = month.standing.cap.limit or 0
    most = max(limit, *month.so_far, 1)
    axes.set_ylim(0, most * 1.32)
    _line(axes, month, limit)
    axes.set_title(
        f"Used in the {month.standing.cap.period} so far", loc="left", fontsize=NORMAL, color=INK
    )


def _periods(month: Month) -> list[tuple[int, list[int]]]:
    """The way in pieces, each from its first day of the month: a new period begins at nothing."""
    pieces: list[tuple[int, list[int]]] = [(1, [])]
    for number, (used, day) in enumerate(zip(month.so_far, month.days, strict=False), 1):
        before = pieces[-1][1]
        if before and used != before[-1] + day.total:
            pieces.append((number, []))
        pieces[-1][1].append(used)
    return pieces


def _line(axes: Axes, month: Month, limit: int) -> None:
    """The cap, with its name on it."""
    axes.axhline(limit, color=CAP, linewidth=2.5, linestyle="--")
    axes.annotate(
        words.cap(month),
        (0.0, limit),
        xycoords=("axes fraction", "data"),
        xytext=(4, 7),
        textcoords="offset points",
        ha="left",  # what is used grows to the right
        fontsize=NORMAL,
        weight="bold",
        color=CAP,
        bbox={"facecolor": PAPER, "edgecolor": "none", "alpha": 0.8, "pad": 1},
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
