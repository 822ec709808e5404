"""When people can't, would rather not, or would like to be on call: entered, read from calendars, by public holiday."""
