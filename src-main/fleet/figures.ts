const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/**
 * Bytes for people: `640 MB`, `1.93 GB`. A unit is 1024 of the one before, as in Docker's own `--memory 2g`, so that a
 * limit reads as it was written; three figures at most, zeros at the end left out.
 */
export function formatBytes(bytes: number): string {
  const power = unitPower(bytes);
  return `${figure(bytes / 1024 ** power)} ${UNITS[power]}`;
}

/** A part of a whole, the unit said once where both share it: `1.93 of 2 GB`, `980 MB of 1 GB`. */
export function formatBytesOf(part: number, whole: number): string {
  const power = unitPower(whole);
  const shown = unitPower(part) === power ? figure(part / 1024 ** power) : formatBytes(part);
  return `${shown} of ${formatBytes(whole)}`;
}

/** 1000 of a unit are written in the next, so that no figure has four digits before the point. */
function unitPower(bytes: number): number {
  let power = 0;
  while (power < UNITS.length - 1 && Math.abs(bytes) / 1024 ** power >= 999.5) power += 1;
  return power;
}

function figure(value: number): string {
  const size = Math.abs(value);
  return String(Number(value.toFixed(size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2)));
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A span of milliseconds for people, in its largest whole unit: `2 s`, `3 min`, `4 h`, `12 d`. Never negative. */
export function formatDuration(ms: number): string {
  const span = Math.max(0, ms);
  if (span < MINUTE) return `${Math.floor(span / SECOND)} s`;
  if (span < HOUR) return `${Math.floor(span / MINUTE)} min`;
  if (span < DAY) return `${Math.floor(span / HOUR)} h`;
  return `${Math.floor(span / DAY)} d`;
}

/** `1 host`, `2 hosts`. */
export function formatCount(count: number, one: string, many: string = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
