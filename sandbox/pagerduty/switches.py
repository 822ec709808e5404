"""What PagerDuty does where nobody documents it: each assumption is a switch with its most likely setting first."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from sandbox.pagerduty.zones import use_files


class PastStart(StrEnum):
    """What a new override that starts in the past meets."""

    ACCEPT = "accept"
    CLAMP = "clamp"
    REFUSE = "refuse"


class OverLimit(StrEnum):
    """What a page size beyond the maximum meets."""

    CLAMP = "clamp"
    REFUSE = "refuse"


class OmittedLayers(StrEnum):
    """What happens to layers that an update leaves out; they cannot be deleted."""

    KEEP = "keep"
    END = "end"


class Batch(StrEnum):
    """What a batch does of which some items are wrong."""

    ALL_OR_NOTHING = "all_or_nothing"
    KEEP_GOOD = "keep_good"


class RunningOverride(StrEnum):
    """What deleting a running shift-based override does."""

    TRUNCATE = "truncate"
    REMOVE = "remove"


@dataclass(slots=True)
class Switches:
    read_lag_seconds: float = 0.0  # per schedule: how far override lists and rendered views trail behind writes
    past_override_start: PastStart = PastStart.ACCEPT
    delete_past_status: int = 400
    delete_past_code: int = 4004
    limit_over_100: OverLimit = OverLimit.CLAMP
    farthest_item: int = 10_000  # a page that ends beyond it is refused
    unauthorized_code: int = 2006
    forbidden_code: int = 2010
    missing_range_code: int = 2003
    longest_window_days: int = 366  # for rendered schedules and override lists; 0 means no limit
    omitted_layers: OmittedLayers = OmittedLayers.KEEP
    rewrite_past_layer_start: bool = True
    wall_clock_turns: bool = True  # False: turns are plain seconds and drift across a clock change
    merge_final_neighbours: bool = True
    shuffle_overrides: bool = True
    only_active_support_zones: bool = False
    zone_files: str = ""  # a folder of zone files, where PagerDuty has other rules than this machine
    check_region: bool = True
    rate_limit_per_minute: int = 960
    oncalls_limit_per_minute: int | None = None
    audit_available: bool = True
    override_batch_envelope: bool = False  # True: {"overrides": [...]} instead of the bare array
    out_of_licenses: bool = False
    may_add_users: bool = True  # False: the account's plan lacks the ability
    deactivated_keep_address: bool = False  # True: the address of a deactivated user is taken
    v3_past_shift_start: PastStart = PastStart.ACCEPT
    v3_batch: Batch = Batch.ALL_OR_NOTHING
    v3_errors_as_list: bool = False
    v3_put_needs_time_zone: bool = True
    v3_refuses_plain_utc: bool = True
    v3_times_in_utc: bool = True  # False: times come in the schedule's zone unless another is asked for
    v3_gaps_shown: bool = True  # gaps of the final schedule come as empty members
    v3_overridden_must_be_scheduled: bool = True
    v3_running_override: RunningOverride = RunningOverride.TRUNCATE
    event_times_ignore_offset: bool = False  # True: 09:00Z in New York means nine o'clock there
    open_incidents: bool = False  # a schedule counts as used even when no policy names it any more

    def __post_init__(self) -> None:
        use_files(self.zone_files)

    def change(self, **settings: Any) -> None:
        """Set switches by name, turning plain words into their enumeration."""
        known = {one.name: type(getattr(self, one.name)) for one in fields(self)}
        for name, value in settings.items():
            if name not in known:
                raise KeyError(name)
            kind = known[name]
            setattr(self, name, kind(value) if issubclass(kind, StrEnum) else value)
        use_files(self.zone_files)

    def as_dict(self) -> dict[str, Any]:
        return {one.name: getattr(self, one.name) for one in fields(self)}
