import type { Problem } from '#contract/errors.ts';
import type { Fleet } from '#contract/fleet.ts';
import type { FleetService } from '../../fleet/fleet-service.ts';
import { createDeadline } from '../../kernel/deadline.ts';
import { AppError, toProblem } from '../../kernel/errors.ts';
import type { SshPrompts } from '../../ssh/connection-types.ts';
import type { StatusCommand } from './arguments.ts';
import { createAsking } from './asking.ts';
import { exitCodeOfVerdict, exitCodes } from './exit-codes.ts';
import { jsonText } from './json-text.ts';
import { statusDocument } from './status-document.ts';
import { lineWidth, type StatusOutput } from './status-output.ts';
import { sentenceLines, statusText } from './status-text.ts';
import { watchStatus } from './status-watch.ts';
import { createStyle } from './style.ts';

export interface StatusRun {
  readonly command: Pick<StatusCommand, 'json' | 'watch' | 'timeoutMs'>;
  /** Starts the fleet; what it has to ask goes through `prompts`. */
  readonly openFleet: (prompts: SshPrompts) => FleetService;
  /** Makes the prompts; they call `begin` when they turn to a person, and dispose what it returns when they are done. */
  readonly prompts: (begin: () => Disposable) => SshPrompts;
  /** Problems found before any host was asked: settings that cannot be read. */
  readonly problems: readonly Problem[];
  readonly output: StatusOutput;
  /** Ends a watch. */
  readonly signal: AbortSignal;
}

/** Runs `binnacle status`; resolves with its exit code, that of the last verdict seen. */
export async function runStatus(run: StatusRun): Promise<number> {
  using deadline = createDeadline(run.command.timeoutMs);
  const asking = createAsking(deadline);
  await using fleet = run.openFleet(run.prompts(asking.begin));
  const first = AbortSignal.any([deadline.signal, run.signal]);
  const view = () => told(fleet.view(), run.problems);
  return await (run.command.watch
    ? watchStatus({ ...run, fleet, view, asking }, first)
    : once(run, fleet, view, first));
}

async function once(run: StatusRun, fleet: FleetService, look: () => Fleet, signal: AbortSignal): Promise<number> {
  const { output, command, problems } = run;
  const style = createStyle(output.colour.stdout);
  const provisional = !command.json && output.isOutputTerminal;
  let clear = '';
  if (provisional) {
    // The answer first: the load of each container takes the engine seconds.
    await fleet.reached('inspected', signal);
    const lines = [...sentenceLines(look(), style, output.width()), style.dim('  reading the load …')];
    await output.write(lines.join('\n'));
    clear = `\r\u001b[${lines.length - 1}A\u001b[J`;
  }
  await fleet.reached('loaded', signal);
  const view = look();
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
  return { ...fleet, verdict, sentence: `Settings not read in full · ${fleet.sentence}` };
}

/** A host that had not been read when the time was up. */
function unfinished(fleet: FleetService, signal: AbortSignal): Problem[] {
  if (!signal.aborted || !(signal.reason instanceof AppError)) return [];
  const reason = signal.reason;
  return fleet.unread('loaded').map((target) => toProblem(target, reason));
}
