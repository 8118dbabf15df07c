import type { EngineVia, TrialEvent, TrialOffer, TrialStep } from '#contract/hosts.ts';
import { visibleText } from '../../kernel/text.ts';
import { quoteArgv } from '../../ssh/quote.ts';
import { SHAPE, type Style } from './style.ts';
import { wrappedLines } from './text-fit.ts';

interface Paper {
  readonly style: Style;
  /** Of the terminal, in characters; Infinity: nothing is wrapped. */
  readonly width: number;
}

type Ended = Extract<TrialEvent, { kind: 'passed' | 'skipped' | 'stopped' }>;
type Reached = Extract<TrialEvent, { kind: 'reached' }>;
type Stopped = Extract<TrialEvent, { kind: 'stopped' }>;

const STEP_WORDS: Readonly<Record<TrialStep, string>> = {
  resolve: 'resolve',
  reach: 'reach',
  'host-key': 'host key',
  authenticate: 'authenticate',
  forward: 'forward',
  socket: 'socket',
  engine: 'engine',
  permissions: 'permissions',
};
const STEP_CHARS = Math.max(...Object.values(STEP_WORDS).map((word) => word.length));

const OUTCOMES = {
  passed: { shape: SHAPE.green, verdict: 'green' },
  skipped: { shape: '–', verdict: 'unknown' },
  stopped: { shape: SHAPE.down, verdict: 'down' },
} as const;
const OUTCOME_CHARS = Math.max(...Object.keys(OUTCOMES).map((word) => word.length));
const TIME_CHARS = 8;

/**
 * A step that has ended, in columns: shape and word, what it was, how long it took, what was seen. Those of a machine on
 * the way are indented below its name, which comes before the first of them.
 * @param jump the machine the line before was about
 */
export function stepLines(event: Ended, { style, width, jump }: Paper & { readonly jump: string | null }): string[] {
  const indent = event.jump === null ? '' : '  ';
  const { shape, verdict } = OUTCOMES[event.kind];
  const time = event.kind === 'skipped' ? '–' : timeText(event.ms);
  const seen = event.kind === 'passed' ? event.seen : event.kind === 'skipped' ? event.why : '';
  const columns = [
    `${indent}${style.verdict(verdict, shape)} ${event.kind.padEnd(OUTCOME_CHARS)}`,
    STEP_WORDS[event.step].padEnd(STEP_CHARS),
    time.padStart(TIME_CHARS),
  ].join('  ');
  const before = indent.length + 2 + OUTCOME_CHARS + 2 + STEP_CHARS + 2 + TIME_CHARS;
  // What is painted has no width of its own: the rest is fitted to what is left of the line.
  const room = Math.max(20, width - before - 2);
  const [first = '', ...others] = wrappedLines(visibleText(seen), room);
  const line = first === '' ? columns : `${columns}  ${style.dim(first)}`;
  const rest = others.map((text) => `${' '.repeat(before + 2)}${style.dim(text)}`);
  const heading =
    event.jump !== null && event.jump !== jump ? [style.strong(`through ${visibleText(event.jump)}`)] : [];
  return [...heading, line, ...rest];
}

/** The verdict, the cause and the fix, what they rest on, and other ways, as commands to copy. */
export function resultLines(event: Reached | Stopped, paper: Paper): string[] {
  return event.kind === 'reached' ? reachedLines(event, paper) : stoppedLines(event, paper);
}

const VIA_WORDS: Readonly<Record<EngineVia, string>> = {
  'stream-local': 'over its socket, which sshd forwards',
  'dial-stdio': 'through docker system dial-stdio on the host',
  'sudo-dial-stdio': 'through sudo docker system dial-stdio on the host',
  tcp: 'over its TCP port, which sshd forwards',
  local: 'on this machine, without SSH',
};

function reachedLines(event: Reached, paper: Paper): string[] {
  const { engine, via, containers, latencyMs, fingerprint, notes, offers } = event;
  const { style, width } = paper;
  const name = engine.name === 'podman' ? 'Podman' : 'Docker';
  const many = containers === 1 ? '1 container' : `${containers} containers`;
  const sentence = `It gets through: ${name} ${visibleText(engine.version)} (API ${visibleText(engine.apiVersion)}) with ${many}, ${VIA_WORDS[via]}; ${timeText(latencyMs)} a round trip.`;
  return [
    ...headline('green', sentence, paper),
    ...(fingerprint === null ? [] : wrappedLines(`  Host key ${visibleText(fingerprint)}`, width, '  ')),
    ...section(
      'NOTES',
      notes.flatMap((note) => wrappedLines(`  ${visibleText(note)}`, width, '  ')),
      style,
    ),
    ...offerLines(offers, paper),
  ];
}

function stoppedLines({ step, jump, code, message, hint, seen, offers }: Stopped, paper: Paper): string[] {
  const { style, width } = paper;
  const where = jump === null ? STEP_WORDS[step] : `${STEP_WORDS[step]} of ${visibleText(jump)}`;
  return [
    ...headline(
      code === 'UNDETERMINED' ? 'unknown' : 'down',
      code === 'UNDETERMINED' ? `It stopped at “${where}”; the cause is undetermined.` : `It stopped at “${where}”.`,
      paper,
    ),
    ...wrappedLines(`  ${visibleText(message)} (${code})`, width, '  '),
    ...(hint === null ? [] : wrappedLines(`  ${visibleText(hint)}`, width, '  ')),
    ...section(
      'SEEN',
      seen.flatMap((line) => wrappedLines(`  ${visibleText(line)}`, width, '    ')),
      style,
    ),
    ...offerLines(offers, paper),
  ];
}

function headline(verdict: 'green' | 'down' | 'unknown', sentence: string, { style, width }: Paper): string[] {
  return wrappedLines(sentence, width - 2).map(
    (line, index) => `${index === 0 ? style.verdict(verdict, SHAPE[verdict]) : ' '} ${style.strong(line)}`,
  );
}

/** A command is never wrapped: it is there to be copied. */
function offerLines(offers: readonly TrialOffer[], { style, width }: Paper): string[] {
  const lines = offers.flatMap(({ label, why, target }) => [
    ...wrappedLines(`  ${visibleText(label)}. ${visibleText(why)}`, width, '  '),
    `    binnacle hosts add ${quoteArgv([visibleText(target)])}`,
  ]);
  return section('OTHER WAYS', lines, style);
}

function section(title: string, lines: readonly string[], style: Style): string[] {
  return lines.length === 0 ? [] : ['', style.dim(title), ...lines];
}

/** `<1 ms`, `12 ms`, `4.2 s`. */
function timeText(ms: number): string {
  if (ms < 1) return '<1 ms';
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
