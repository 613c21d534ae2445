// Times, sizes, initials.

// The page speaks English; only the customs of an English locale (clock, order of day and month) vary.
const LOCALE = navigator.language?.startsWith("en") ? navigator.language : "en-GB";
const shape = (options) => new Intl.DateTimeFormat(LOCALE, options);
const TIME = shape({ hour: "numeric", minute: "2-digit" });
const SECONDS = shape({ hour: "numeric", minute: "2-digit", second: "2-digit" });
const DAY = shape({ weekday: "long", day: "numeric", month: "long" });
const FULL = shape({ dateStyle: "full", timeStyle: "short" });
const LONG = shape({ weekday: "long", year: "numeric", month: "long", day: "numeric" });
const MEDIUM = shape({ year: "numeric", month: "long", day: "numeric" });
const SHORT = shape({ year: "numeric", month: "short", day: "numeric" });
const NUMERIC = shape({ year: "numeric", month: "2-digit", day: "2-digit" });

export const dateOf = (ts) => new Date(Number.parseFloat(ts) * 1000);
export const time = (ts) => TIME.format(dateOf(ts));
/** Without "AM": it stands in a narrow column, and the whole time is at hand. */
const narrow = (formatter, ts) => formatter.formatToParts(dateOf(ts)).filter(({ type }) => type !== "dayPeriod").map(({ value }) => value).join("").trim();
export const shortTime = (ts) => narrow(TIME, ts);
export const seconds = (ts) => narrow(SECONDS, ts);
export const fullTime = (ts) => FULL.format(dateOf(ts));
export const dayKey = (ts) => dateOf(ts).toDateString();

function relativeDay(date) {
  const midnight = (moment) => new Date(moment).setHours(0, 0, 0, 0);
  const days = Math.round((midnight(date) - midnight(Date.now())) / 86_400_000);
  return { 0: "Today", "-1": "Yesterday", 1: "Tomorrow" }[days];
}

export function dayName(ts) {
  const date = dateOf(ts);
  return relativeDay(date) ?? DAY.format(date);
}

/** Slack's `<!date^…>` format string, filled in the reader's own zone. */
export function fillDate(seconds, format) {
  const date = dateOf(seconds);
  const pretty = (formatter) => relativeDay(date)?.toLowerCase() ?? formatter.format(date);
  const values = {
    date_num: () => NUMERIC.format(date),
    date: () => MEDIUM.format(date),
    date_short: () => SHORT.format(date),
    date_long: () => LONG.format(date),
    date_pretty: () => pretty(MEDIUM),
    date_short_pretty: () => pretty(SHORT),
    date_long_pretty: () => pretty(LONG),
    time: () => TIME.format(date),
    time_secs: () => SECONDS.format(date),
    ago: () => relativeDay(date) ?? SHORT.format(date),
  };
  return format.replace(/\{(\w+)\}/g, (whole, name) => values[name]?.() ?? whole);
}

export function bytes(size) {
  if (!size) return "";
  if (size < 1024) return `${size} B`;
  if (size < 1024 * 1024) return `${Math.round(size / 1024)} KB`;
  return `${(size / 1024 / 1024).toFixed(1)} MB`;
}

export function initials(name) {
  const words = name.trim().split(/\s+/);
  return ((words[0]?.[0] ?? "?") + (words.length > 1 ? words.at(-1)[0] : "")).toUpperCase();
}

export const count = (number, word) => `${number} ${number === 1 ? word : word.endsWith("y") ? `${word.slice(0, -1)}ies` : `${word}s`}`;
