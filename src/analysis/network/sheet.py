"""The edges of the sheet, its clock, and what falls between them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.network.table import LANE_HEIGHT, LANE_PAD, Lane, Node, lane_top, short
from analysis.panel import Panel, microseconds, reading_instants
from analysis.study import StudyData

MINUTE = 60_000_000
"""Microseconds."""
DAY = 1440
WEEK = 7 * DAY


@dataclass(frozen=True)
class Sheet:
    """Where time stands.

    Attributes
    ----------
    epoch, minutes, offsets
        As in :class:`Network`.
    readings : array (n,)
        The minute of each day's reading.
    channels : tuple of str
        The lanes' channels.
    """

    epoch: int
    minutes: int
    offsets: tuple[tuple[int, int], ...]
    readings: NDArray[np.int64]
    channels: tuple[str, ...]

    @classmethod
    def of(cls, data: StudyData, panel: Panel) -> Sheet:
        """Return the sheet from the first reading's window to the end of the last day."""
        zone, observed = data.settings.zone, data.settings.score.minutes
        ends = [
            panel.dates[0] - pd.Timedelta(days=panel.window_days),
            panel.dates[-1] + pd.Timedelta(days=1),
        ]
        left, right = (
            int(at) // MINUTE for at in reading_instants(pd.DatetimeIndex(ends), 0, zone)
        )
        hours = np.arange(left, right, 60)
        ahead = [_ahead(int(hour), zone) for hour in hours]
        changes = [
            (int(hour) - left, now)
            for hour, now, before in zip(hours, ahead, [None, *ahead], strict=False)
            if now != before
        ]
        readings = reading_instants(panel.dates, observed, zone) // MINUTE - left
        return cls(left, right - left, tuple(changes), readings, panel.channels)

    def events(self, data: StudyData) -> pd.DataFrame:
        """Return the posts within the edges, in order of time; days where only counts are known."""
        posts = data.activity[data.activity["kind"] != "repost"]
        columns = ["channel", "kind", "precision", "url", "title", "text", "crosspost_of"]
        columns += ["crosspost_evidence", "crosspost_confidence"]
        frame = posts[columns].copy()
        frame["us"] = microseconds(pd.DatetimeIndex(posts["at"]))
        days = [day for name in self.channels for day in self._days(data, name)]
        if days:
            counted = pd.DataFrame(days).reindex(columns=frame.columns)
            frame = pd.concat([frame, counted], ignore_index=True) if len(frame) else counted
        frame["at"] = frame["us"].astype("int64") // MINUTE - self.epoch
        inside = frame[(frame["at"] >= 0) & (frame["at"] < self.minutes)]
        inside = inside[inside["channel"].isin(self.channels)]
        return inside.sort_values("us", kind="stable", ignore_index=True)

    def _days(self, data: StudyData, name: str) -> Iterator[dict[str, object]]:
        if name not in data.counts.columns:
            return
        told = data.counts[name].dropna()
        told = told[told > 0]
        noons = reading_instants(pd.DatetimeIndex(told.index), 720, data.settings.zone)
        blank = dict.fromkeys(("url", "text", "crosspost_of", "crosspost_evidence"), "")
        for at, count in zip(noons, told, strict=True):
            said = "1 post" if count == 1 else f"{int(count):,} posts"
            yield {
                **blank,
                "channel": name,
                "kind": "day",
                "precision": "day",
                "title": f"{said}; only the count of this day is known",
                "us": int(at),
            }

    def nodes(self, events: pd.DataFrame) -> Iterator[Node]:
        """Yield a node for each event."""
        rows = {name: row for row, name in enumerate(self.channels)}
        since = np.array([begin for begin, _ in self.offsets])
        ahead = np.array([minutes for _, minutes in self.offsets])
        at = events["at"].to_numpy(dtype=np.int64)
        local = at + self.epoch + ahead[np.searchsorted(since, at, side="right") - 1]
        room = LANE_HEIGHT - 2 * LANE_PAD
        for minute, clock, event in zip(at, local % DAY, events.itertuples(), strict=True):
            row = rows[str(event.channel)]
            by_day = event.precision == "day" and event.kind != "day"
            yield Node(
                int(minute),
                lane_top(row) + LANE_PAD + round(room * int(clock) / DAY),
                row,
                f"{event.kind}, time of day not known" if by_day else str(event.kind),
                short(str(event.title)) or short(str(event.text)),
            )

    def lanes(self, data: StudyData) -> Iterator[Lane]:
        """Yield a lane for each channel, still without its counts."""
        covered = data.coverage()
        for row, name in enumerate(self.channels):
            start, end = covered.get(name, (None, None))
            spans = []
            if start is not None and (known := self._midnight(start, data)) > 0:
                spans.append((0, min(known, self.minutes)))
            if end is not None:
                known = self._midnight(end + dt.timedelta(days=1), data)
                if known < self.minutes:
                    spans.append((max(0, known), self.minutes))
            counted = name in data.counts.columns
            yield Lane(short(name, 40), lane_top(row), 0, 0, tuple(spans), counted)

    def breaks(self, data: StudyData) -> Iterator[tuple[int, str]]:
        """Yield the known changes of the scoring model within the edges."""
        for known in data.settings.breaks:
            at = self._midnight(known.date, data)
            if 0 <= at < self.minutes:
                yield at, short(known.label, 60)

    def _midnight(self, day: dt.date, data: StudyData) -> int:
        index = pd.DatetimeIndex([pd.Timestamp(day)])
        return int(reading_instants(index, 0, data.settings.zone)[0]) // MINUTE - self.epoch


def _ahead(minute: int, zone: dt.tzinfo) -> int:
    local = dt.datetime.fromtimestamp(60 * minute, zone)
    offset = local.utcoffset()
    return 0 if offset is None else round(offset.total_seconds() / 60)
