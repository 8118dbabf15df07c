import type { Problem } from '#contract/errors.ts';
import type { Fleet } from '#contract/fleet.ts';
import type { FleetService } from '../../fleet/fleet-service.ts';
import { createDeadline, type Deadline } from '../../kernel/deadline.ts';
import { AppError, toProblem } from '../../kernel/errors.ts';
import type { SshPrompts } from '../../ssh/connection-types.ts';
import type { StatusCommand } from './arguments.ts';
import { exitCodeOfVerdict, exitCodes } from './exit-codes.ts';
import { jsonText } from './json-text.ts';
import { createChangeTracker } from './status-changes.ts';
import { statusDocument } from './status-document.ts';
import { sentenceLines, statusText } from './status-text.ts';
import { createStyle, SHAPE } from './style.ts';
import type { Terminal } from './terminal.ts';

/** The part of the terminal the command writes to. */
export type StatusOutput = Pick<Terminal, 'write' | 'isOutputTerminal' | 'colour' | 'width' | 'height'>;

export interface StatusRun {
  readonly command: Pick<StatusCommand, 'json' | 'watch' | 'timeoutMs'>;
  /** Starts the fleet; questions to a person go through `prompts`. */
  readonly openFleet: (prompts: SshPrompts) => FleetService;
  readonly prompts: SshPrompts;
  /** Problems found before any host was asked: settings that cannot be read. */
  readonly problems: readonly Problem[];
  readonly output: StatusOutput;
  /** Ends a watch. */
  readonly signal: AbortSignal;
}

/** Shortest time between two pictures or documents of a watch, in milliseconds. */
const REPAINT_MS = 100;
/** How often a terminal's picture is drawn anew although nothing happened: ages grow, facts grow stale. */
const TICK_MS = 1_000;
/** The same for documents. */
const JSON_TICK_MS = 10_000;
/** How long a watch waits for slower hosts before its first text, once one has been read. */
const GRACE_MS = 1_000;

/** Runs `binnacle status`; resolves with its exit code, that of the last verdict seen. */
export async function runStatus(run: StatusRun): Promise<number> {
  using deadline = createDeadline(run.command.timeoutMs);
  await using fleet = run.openFleet(pausing(run.prompts, deadline));
  const first = AbortSignal.any([deadline.signal, run.signal]);
  return await (run.command.watch ? watch(run, fleet, first) : once(run, fleet, first));
}

/** The machine's time does not run while a person is asked. */
function pausing(prompts: SshPrompts, deadline: Deadline): SshPrompts {
  return {
    acceptHostKey: async (question, signal) => {
      using _ = deadline.pause();
      return await prompts.acceptHostKey(question, signal);
    },
    passphrase: async (question, signal) => {
      using _ = deadline.pause();
      return await prompts.passphrase(question, signal);
    },
  };
}

async function once(run: StatusRun, fleet: FleetService, signal: AbortSignal): Promise<number> {
  const { output, command, problems } = run;
  const style = createStyle(output.colour.stdout);
  const provisional = !command.json && output.isOutputTerminal;
  let clear = '';
  if (provisional) {
    // The answer first: the load of each container takes the engine seconds.
    await fleet.reached('inspected', signal);
    const lines = [
      ...sentenceLines(told(fleet.view(), problems), style, output.width()),
      style.dim('  reading the load …'),
    ];
    await output.write(lines.join('\n'));
    clear = `\r\u001b[${lines.length - 1}A\u001b[J`;
  }
  await fleet.reached('loaded', signal);
  const view = told(fleet.view(), problems);
  const all = [...problems, ...fleet.problems(), ...unfinished(fleet, signal)];
  if (command.json) await output.write(`${jsonText(statusDocument(view, all), { indent: true })}\n`);
  else await output.write(clear + statusText(view, all, style, lineWidth(output)));
  if (run.signal.aborted) return exitCodes.interrupted;
  return exitCodeOfVerdict(view.verdict);
}

/** When the settings could not be read there may be hosts nobody asked, and pins nobody looked for: never green. */
function told(fleet: Fleet, settingsProblems: readonly Problem[]): Fleet {
  if (settingsProblems.length === 0) return fleet;
  const verdict = fleet.verdict === 'down' ? 'down' : 'unknown';
  return { ...fleet, verdict, sentence: `Settings not read · ${fleet.sentence}` };
}

/** A host that had not been read when the time was up. */
function unfinished(fleet: FleetService, signal: AbortSignal): Problem[] {
  if (!signal.aborted || !(signal.reason instanceof AppError)) return [];
  const reason = signal.reason;
  return fleet.unread('loaded').map((target) => toProblem(target, reason));
}

async function watch(run: StatusRun, fleet: FleetService, firstSignal: AbortSignal): Promise<number> {
  const { output, command, problems, signal } = run;
  const view = () => told(fleet.view(), problems);
  const text = command.json ? jsonLines() : output.isOutputTerminal ? pictures(output) : changeLines(output);
  await firstHosts(fleet, firstSignal);
  let writing: Promise<void> | null = null;
  let again = false;
  // A slow reader is told less often, never more than one text behind.
  const show = () => {
    if (writing !== null) {
      again = true;
      return;
    }
    const next = text(view(), [...problems, ...fleet.problems()]);
    if (next === '') return;
    writing = output.write(next).finally(() => {
      writing = null;
      if (!again) return;
      again = false;
      show();
    });
  };
  if (!signal.aborted) show();
  using _changes = fleet.subscribe(REPAINT_MS, show);
  const ticking = setInterval(show, command.json ? JSON_TICK_MS : TICK_MS);
  try {
    await aborted(signal);
  } finally {
    clearInterval(ticking);
  }
  return exitCodeOfVerdict(view().verdict);
}

/** A dead host delays the others by nothing; those that are only a little slower come in one text with them. */
async function firstHosts(fleet: FleetService, signal: AbortSignal): Promise<void> {
  const grace = new AbortController();
  const all = fleet.reached('inspected', AbortSignal.any([signal, grace.signal]));
  await fleet.reachedByAny('inspected', signal);
  const timer = setTimeout(() => grace.abort(), GRACE_MS);
  await all;
  clearTimeout(timer);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

type WatchText = (fleet: Fleet, problems: readonly Problem[]) => string;

/** One document a line. */
function jsonLines(): WatchText {
  return (fleet, problems) => `${jsonText(statusDocument(fleet, problems), { indent: false })}\n`;
}

function pictures(output: StatusOutput): WatchText {
  const style = createStyle(output.colour.stdout);
  return (fleet, problems) => picture(statusText(fleet, problems, style, lineWidth(output)), output.height());
}

/** What has changed, a line each, where nothing can be repainted. */
function changeLines(output: StatusOutput): WatchText {
  const style = createStyle(output.colour.stdout);
  const changesOf = createChangeTracker();
  let said = '';
  return (fleet) => {
    const time = new Date().toTimeString().slice(0, 8);
    const lines = changesOf(fleet).map(
      ({ what, verdict, reason }) => `${time}  ${style.verdict(verdict, SHAPE[verdict])} ${what}  ${reason}\n`,
    );
    // Without its age: that alone makes no new sentence.
    const bare = fleet.sentence.replace(/ · [^·]* ago$/, '');
    if (bare !== said) lines.push(`${time}  ${sentenceLines(fleet, style, Number.POSITIVE_INFINITY).join('')}\n`);
    said = bare;
    return lines.join('');
  };
}

/** Nothing is cut for whoever reads a pipe. */
function lineWidth(output: StatusOutput): number {
  return output.isOutputTerminal ? output.width() : Number.POSITIVE_INFINITY;
}

/** Repaints without a flicker: over the old picture, then clears what is left of it. */
function picture(text: string, rows: number): string {
  const lines = text.trimEnd().split('\n');
  const fitting =
    lines.length < rows ? lines : [...lines.slice(0, rows - 2), `… ${lines.length - rows + 2} more lines`];
  return `\u001b[H${fitting.map((line) => `${line}\u001b[K`).join('\n')}\n\u001b[J`;
}
