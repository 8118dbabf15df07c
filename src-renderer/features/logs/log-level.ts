import type { Span } from './ansi.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** The word a line gives its own level with, and where it stands in the line's plain text. */
export interface LevelWord {
  readonly level: LogLevel;
  readonly start: number;
  readonly end: number;
}

const LEVELS: Readonly<Record<string, LogLevel>> = {
  trace: 'debug',
  debug: 'debug',
  info: 'info',
  notice: 'info',
  log: 'info',
  warn: 'warn',
  warning: 'warn',
  error: 'error',
  err: 'error',
  fatal: 'error',
  critical: 'error',
  crit: 'error',
  panic: 'error',
  emerg: 'error',
  alert: 'error',
};

/** How far into a line a level is looked for, in UTF-16 units: it stands at the beginning, after times and names. */
const REACH = 200;
const ANY_CASE = 'trace|debug|info|notice|warn|warning|error|err|fatal|critical|crit|panic|emerg|alert';
/** Most telling first. Each is a form some logger writes on purpose; a mere "error" in a sentence is none. */
const FORMS: readonly RegExp[] = [
  // {"level":"warn"}, {"severity":"ERROR"}
  new RegExp(`"(?:level|lvl|severity|log\\.level)"\\s*:\\s*"(${ANY_CASE})"`, 'di'),
  // level=warn
  new RegExp(`(?:^|\\s)(?:level|lvl|severity)=["']?(${ANY_CASE})\\b`, 'di'),
  // [error], <warn>, [core:error]
  new RegExp(`[[<](?:[\\w-]+:)?(${ANY_CASE})(?::[\\w-]+)?[\\]>]`, 'di'),
  // "error: …" and "warn - …" where a line begins so
  new RegExp(`^\\s*(${ANY_CASE})(?::|\\s+-\\s)`, 'di'),
  // "09:14:31 error …": after nothing but a time
  new RegExp(`^[\\d:.,+TZ/[\\]-][\\d:.,+TZ/[\\] -]{6,34} (${ANY_CASE})\\s`, 'di'),
  // ERROR, WARN and so on as a word in capitals; PostgreSQL's "LOG:  "
  /(?:^|[\s|])(TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL|PANIC)(?=[\s|:]|$)/d,
  /(?:^|\s)(LOG):\s\s/d,
];

/** The level a line gives itself; null where it gives none that is beyond doubt. `text` is plain. */
export function levelWord(text: string): LevelWord | null {
  const head = text.slice(0, REACH);
  for (const form of FORMS) {
    const found = form.exec(head);
    const level = LEVELS[found?.[1]?.toLowerCase() ?? ''];
    const [start, end] = found?.indices?.[1] ?? [];
    if (level !== undefined && start !== undefined && end !== undefined) return { level, start, end };
  }
  return null;
}

/** The named colours that look as the verdicts "down" and "attention" do. */
const COLOURS: Readonly<Partial<Record<LogLevel, number>>> = { error: 1, warn: 3 };

/** Colours the word of a level that matters, where the program that wrote it has not coloured it itself. */
export function withLevel(spans: readonly Span[], word: LevelWord | null): readonly Span[] {
  const colour = word === null ? undefined : COLOURS[word.level];
  if (word === null || colour === undefined) return spans;
  const marked: Span[] = [];
  let offset = 0;
  for (const span of spans) {
    const { text, style } = span;
    const start = Math.min(Math.max(word.start - offset, 0), text.length);
    const end = Math.min(Math.max(word.end - offset, 0), text.length);
    offset += text.length;
    if (start === end || style.colour !== null || style.background !== null) {
      marked.push(span);
      continue;
    }
    const parts: Span[] = [
      { text: text.slice(0, start), style },
      { text: text.slice(start, end), style: { ...style, colour } },
      { text: text.slice(end), style },
    ];
    marked.push(...parts.filter((part) => part.text !== ''));
  }
  return marked;
}
