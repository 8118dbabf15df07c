/** Shown where a figure is not known; never 0. */
export const NOT_KNOWN = '–';

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** Bytes for people: `640 MB`, `1.9 GB`. A unit is 1024 of the one before, as in Docker's own `--memory 2g`. */
export function formatBytes(bytes: number | null): string {
  if (bytes === null) return NOT_KNOWN;
  let power = 0;
  // 1000 of a unit are written in the next, so that no figure has four digits before the point.
  while (power < UNITS.length - 1 && Math.abs(bytes) / 1024 ** power >= 999.5) power += 1;
  const value = bytes / 1024 ** power;
  const whole = power < 2 || Math.abs(value) >= 9.95;
  return `${String(Number(value.toFixed(whole ? 0 : 1)))} ${UNITS[power]}`;
}

/** Per cent of one core, as the engine counts it, in cores: `0.36`. Always two places, so that columns stand still. */
export function formatCoreFigure(cpuPercent: number | null): string {
  return cpuPercent === null ? NOT_KNOWN : (cpuPercent / 100).toFixed(2);
}

/** As `formatCoreFigure`, with its unit: `0.36 cores`. */
export function formatCores(cpuPercent: number | null): string {
  return cpuPercent === null ? NOT_KNOWN : `${formatCoreFigure(cpuPercent)} cores`;
}

/** A round trip: `8 ms`, `1.2 s`. */
export function formatLatency(ms: number | null): string {
  if (ms === null) return NOT_KNOWN;
  return ms < 999.5 ? `${Math.max(1, Math.round(ms))} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A span of milliseconds in its largest whole unit: `2 s`, `3 min`, `4 h`, `12 d`. Never negative. */
export function formatDuration(ms: number): string {
  const span = Math.max(0, ms);
  if (span < MINUTE) return `${Math.floor(span / SECOND)} s`;
  if (span < HOUR) return `${Math.floor(span / MINUTE)} min`;
  if (span < DAY) return `${Math.floor(span / HOUR)} h`;
  return `${Math.floor(span / DAY)} d`;
}

/** What is left of a span, to be counted down: `1:52`, `0:07`. A second that has begun counts. */
export function formatCountdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / SECOND));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** How long something took: `320 ms`, `6 s`, `6.2 s`, `1 min 34 s`, `12 min`. */
export function formatSpan(ms: number): string {
  if (ms < 999.5) return formatLatency(ms);
  if (ms >= 59_500) {
    const seconds = Math.round(ms / SECOND) % 60;
    const whole = formatDuration(ms + 500);
    return ms < 599_500 && seconds > 0 ? `${whole} ${seconds} s` : whole;
  }
  return `${Number((ms / SECOND).toFixed(ms < 9_950 ? 1 : 0))} s`;
}

/** `1 host`, `2 hosts`. */
export function formatCount(count: number, one: string, many: string = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** `healthy` becomes `Healthy`: the core's reasons are parts of sentences. */
export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
