"""What a start waits for: only what every Baton needs is imported before it is ready."""

import subprocess
import sys

FEW_NEED = (
    "aiosmtplib",
    "alembic",
    "highspy",
    "holidays",
    "icalendar",
    "mako",
    "matplotlib",
    "numpy",
    "prometheus_client",
    "recurring_ical_events",
    "bot.doctor",
)


def test_what_only_some_need_is_not_imported_at_the_start() -> None:
    code = f"import sys, bot.cli, bot.run; print([one for one in {FEW_NEED} if one in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_the_version_and_the_help_wait_for_nothing_that_only_commands_need() -> None:
    needed = ("sqlalchemy", "slack_bolt", "slack_sdk", "aiohttp", "httpx", "bot.run", "bot.settings")
    code = f"import sys, bot.cli; print([one for one in {needed} if one in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_the_floor_that_starts_are_measured_by_imports_what_a_start_does() -> None:
    code = (
        "import sys, benchmarks.bare_app; floor = set(sys.modules); import bot.cli, bot.run;"
        "print(sorted(set(sys.modules) - floor))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
