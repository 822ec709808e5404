"""A layer-based schedule that Baton created: its pattern is layers, what differs from the pattern is overrides.

PagerDuty gives layers highest first and takes them lowest first. It changes a schedule as a whole and keeps layers that
a write leaves out, so layers that have ended are left out: writing them again would only move their start. A start that
has passed becomes the time of the write; the turns hang on the virtual start and don't move.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from oncall.timeline import Interval, Segment, Timeline
from sync.core.layers import Layer
from sync.destinations.pagerduty.layer_shapes import as_it_is, asked, read_layer
from sync.destinations.pagerduty.overrides import OverrideBoard, seen
from sync.destinations.pagerduty.reading import Json, an_object, instant, objects, person_of, reading
from sync.destinations.pagerduty.spans import in_spans
from sync.ports import OutcomeUnknown, Seen


class PagerDutyLayerBoard(OverrideBoard):
    """Implements :class:`sync.ports.LayerBoard`."""

    async def look(self, window: Interval) -> Seen:
        shapes = await in_spans(window, self._rendered)
        with reading():
            return replace(seen(shapes, window), layers=tuple(layers_in(shapes)))

    async def arrange(self, layers: Sequence[Layer]) -> Sequence[Layer]:
        answer = await self._client.get(self._path)
        now = self._clock.now()
        with reading():
            body = as_it_is(an_object(answer["schedule"]))
            changing = [one for one in layers if not one.id or one.in_effect(now) or _ends(one, answer)]
        body["schedule_layers"] = [asked(layer) for layer in changing]
        new = any(not layer.id for layer in layers)
        answer = await self._client.put(self._path, {"schedule": body}, repeatable=not new)
        with reading(OutcomeUnknown):
            return list(layers_in([an_object(answer["schedule"])]))


def _ends(layer: Layer, answer: Json) -> bool:
    """Whether the write is what ends the layer."""
    before = next((one for one in answer["schedule"]["schedule_layers"] if one["id"] == layer.id), None)
    return before is not None and (before["end"] is None or instant(before["end"]) != layer.end)


def layers_in(shapes: Sequence[Json]) -> list[Layer]:
    """The layers of a schedule, lowest first, with what all its renderings together show of each."""
    shown: dict[str, list[Segment]] = {}
    for shape in shapes:
        for one in objects(shape["schedule_layers"]):
            shown.setdefault(str(one["id"]), []).extend(_shown(one))
    return [
        read_layer(one, Timeline.union(shown[str(one["id"])]))
        for one in reversed(objects(shapes[0]["schedule_layers"]))
    ]


def _shown(shape: Json) -> list[Segment]:
    rendered = objects(shape.get("rendered_schedule_entries") or [])
    return [Segment(instant(one["start"]), instant(one["end"]), (person_of(one),)) for one in rendered]
