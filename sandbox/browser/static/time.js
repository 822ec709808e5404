// Times as a person's own clock shows them: zones come by name, instants in seconds.

const formats = new Map();

function format(zone, options) {
  const key = zone + JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat("en-US", { timeZone: zone, ...options }));
  return formats.get(key);
}

export function clockTime(seconds, zone) {
  return format(zone, { hour: "numeric", minute: "2-digit" }).format(seconds * 1000);
}

export function dayName(seconds, zone) {
  return format(zone, { weekday: "long", month: "long", day: "numeric" }).format(seconds * 1000);
}

export function fullTime(seconds, zone) {
  return format(zone, { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" })
    .format(seconds * 1000);
}

/** What the clocks of a zone show, as {date: "2026-03-01", time: "09:30"}. */
export function wall(seconds, zone) {
  const parts = {};
  const options = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  for (const { type, value } of format(zone, options).formatToParts(seconds * 1000)) parts[type] = value;
  return { date: `${parts.year.padStart(4, "0")}-${parts.month}-${parts.day}`, time: `${parts.hour}:${parts.minute}` };
}

/** The instant at which the clocks of a zone show this; the first one if they show it twice. */
export function instant({ date, time }, zone) {
  const wanted = Date.parse(`${date}T${time}:00Z`) / 1000;
  if (!Number.isFinite(wanted)) return null;
  const shows = (seconds) => {
    const there = wall(seconds, zone);
    return Date.parse(`${there.date}T${there.time}:00Z`) / 1000;
  };
  const guesses = [wanted - 86400, wanted + 86400].map((near) => wanted - (shows(near) - near));
  return Math.min(...guesses.filter((guess) => shows(guess) === wanted), Infinity) === Infinity
    ? Math.max(...guesses)
    : Math.min(...guesses.filter((guess) => shows(guess) === wanted));
}

export function zoneName(zone) {
  return zone.split("/").at(-1).replaceAll("_", " ");
}
