import type { Problem } from '#contract/errors.ts';
import type { Fleet } from '#contract/fleet.ts';
import type { FleetService } from '../../fleet/fleet-service.ts';
import type { Asking } from './asking.ts';
import { conflate } from './conflate.ts';
import { exitCodeOfVerdict, exitCodes } from './exit-codes.ts';
import { jsonText } from './json-text.ts';
import { createChangeTracker } from './status-changes.ts';
import { statusDocument } from './status-document.ts';
import { lineWidth, type StatusOutput } from './status-output.ts';
import { sentenceLines, statusText } from './status-text.ts';
import { createStyle, SHAPE } from './style.ts';

export interface WatchRun {
  readonly command: { readonly json: boolean };
  readonly fleet: FleetService;
  readonly view: () => Fleet;
  /** Problems found before any host was asked. */
  readonly problems: readonly Problem[];
  readonly output: StatusOutput;
  /** Ends the watch. */
  readonly signal: AbortSignal;
  readonly asking: Asking;
}

/** Shortest time between two pictures or documents, in milliseconds. */
const REPAINT_MS = 100;
/** How often a terminal's picture is drawn anew although nothing happened: ages grow, facts grow stale. */
const TICK_MS = 1_000;
/** The same for documents. */
const JSON_TICK_MS = 10_000;
/** How long to wait for slower hosts before the first text, once one has been read. */
const GRACE_MS = 1_000;

/**
 * `status --watch`: documents, pictures or lines, until the signal. Resolves with the exit code of the last verdict
 * that was shown, or that of an interruption where none was.
 * @param first ends the waiting for the first hosts
 */
export async function watchStatus(run: WatchRun, first: AbortSignal): Promise<number> {
  const { output, command, problems, signal, fleet, view, asking } = run;
  const paints = !command.json && output.isOutputTerminal;
  const text = command.json ? jsonLines() : paints ? pictures(output) : changeLines(output, fleet);
  await firstHosts(fleet, first);
  let writing: Promise<void> | null = null;
  let again = false;
  let onOwnScreen = false;
  let hasShown = false;
  // A slow reader is told less often, never more than one text behind.
  const show = () => {
    if (signal.aborted) return;
    // A question stays on the screen until it is answered; whoever reads a pipe is told meanwhile.
    if (writing !== null || (paints && asking.isOpen())) {
      again = true;
      return;
    }
    const next = text(view(), [...problems, ...fleet.problems()]);
    hasShown = true;
    if (next === '') return;
    // A screen of its own: what stood on the terminal is there again afterwards.
    const opening = paints && !onOwnScreen ? '\u001b[?1049h' : '';
    onOwnScreen = paints;
    writing = output.write(opening + next).finally(() => {
      writing = null;
      showAgain();
    });
  };
  const showAgain = () => {
    if (!again) return;
    again = false;
    show();
  };
  asking.onEnd(showAgain);
  show();
  using repaint = conflate(REPAINT_MS, show);
  using _changes = fleet.subscribe(repaint.ask);
  const ticking = setInterval(show, command.json ? JSON_TICK_MS : TICK_MS);
  try {
    await aborted(signal);
  } finally {
    clearInterval(ticking);
    await writing;
    if (onOwnScreen) await output.write('\u001b[?1049l');
  }
  if (!hasShown) return exitCodes.interrupted;
  const last = view();
  if (onOwnScreen) {
    // The last picture stays, in full.
    const all = [...problems, ...fleet.problems()];
    await output.write(statusText(last, all, createStyle(output.colour.stdout), lineWidth(output)));
  }
  return exitCodeOfVerdict(last.verdict);
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
function changeLines(output: StatusOutput, service: FleetService): WatchText {
  const style = createStyle(output.colour.stdout);
  const changesOf = createChangeTracker(({ id }) => service.hasRead(id, 'inspected'));
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

/** Repaints without a flicker: over the old picture, then clears what is left of it. */
function picture(text: string, rows: number): string {
  const lines = text.trimEnd().split('\n');
  const fitting =
    lines.length < rows ? lines : [...lines.slice(0, rows - 2), `… ${lines.length - rows + 2} more lines`];
  return `\u001b[H${fitting.map((line) => `${line}\u001b[K`).join('\n')}\n\u001b[J`;
}
