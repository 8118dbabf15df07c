/**
 * By their numbers on Linux, from 1 on; the same on all machines engines run on but MIPS. Not Node's own table: that is
 * of the machine Binnacle runs on, and macOS counts differently.
 */
const SIGNALS = (
  'HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT ' +
  'CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS'
).split(' ');
const ALIASES: ReadonlySet<string> = new Set(['CLD', 'IOT', 'POLL', 'UNUSED']);
// What Docker takes (moby, sys/signal): RTMIN is 34, RTMAX 64, each named from its nearer end.
const REAL_TIME = { first: 34, lastOfMin: 49, last: 64 } as const;
const REAL_TIME_NAME = /^(?:RTMIN(?:\+(?:[1-9]|1[0-5]))?|RTMAX(?:-(?:[1-9]|1[0-4]))?)$/;

/**
 * `Config.StopSignal` by its name, as in `SIGTERM`. Engines write `SIGQUIT`, `quit` or `3`, Podman 4 the number alone.
 * SIGTERM for none, and for what is no signal: so does the engine (moby, container.StopSignal).
 */
export function stopSignalName(told: string | number | null | undefined): string {
  const text = String(told ?? '').trim();
  const name = /^\d{1,2}$/.test(text) ? byNumber(Number(text)) : text.toUpperCase().replace(/^SIG/, '');
  const known = name !== null && (SIGNALS.includes(name) || ALIASES.has(name) || REAL_TIME_NAME.test(name));
  return known ? `SIG${name}` : 'SIGTERM';
}

function byNumber(number: number): string | null {
  const { first, lastOfMin, last } = REAL_TIME;
  if (number < first) return SIGNALS[number - 1] ?? null;
  if (number > last) return null;
  if (number === first) return 'RTMIN';
  if (number === last) return 'RTMAX';
  return number <= lastOfMin ? `RTMIN+${number - first}` : `RTMAX-${last - number}`;
}
