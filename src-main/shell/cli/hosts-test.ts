import type { Problem } from '#contract/errors.ts';
import type { TrialEvent } from '#contract/hosts.ts';
import { SCHEMA_VERSION } from '#contract/version.ts';
import { looksLikeTarget } from '../../hosts/host-names.ts';
import type { HostReach } from '../../hosts/host-reach.ts';
import { HostTrials, type TrialRequest } from '../../hosts/trial.ts';
import type { Clock } from '../../kernel/clock.ts';
import { createDeadline } from '../../kernel/deadline.ts';
import type { HostSettings } from '../../settings/schema.ts';
import type { SshPrompts } from '../../ssh/connection-types.ts';
import { canonicalTarget, shownTarget } from '../../ssh/target.ts';
import { createAsking } from './asking.ts';
import { type ExitCode, exitCodeOfError, exitCodes } from './exit-codes.ts';
import { hostNotFound, matchHost } from './find-host.ts';
import type { HostsTestCommand } from './hosts-arguments.ts';
import { resultLines, stepLines } from './hosts-test-text.ts';
import { jsonText } from './json-text.ts';
import { errorLines } from './report-error.ts';
import { lineWidth } from './status-output.ts';
import { createStyle } from './style.ts';
import type { Terminal } from './terminal.ts';

export interface HostsTestContext {
  /** Saved hosts, of which one may be named. */
  readonly hosts: readonly HostSettings[];
  /** Of the settings, where they could not be read in full. */
  readonly problems: readonly Problem[];
  readonly reach: HostReach;
  /** Makes the prompts; they call `begin` when they turn to a person, and dispose what it returns when they are done. */
  readonly prompts: (begin: () => Disposable) => SshPrompts;
  readonly terminal: Pick<Terminal, 'write' | 'writeError' | 'isOutputTerminal' | 'colour' | 'width'>;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly signal: AbortSignal;
}

type Step = Extract<TrialEvent, { kind: 'passed' | 'skipped' }>;
type Result = Extract<TrialEvent, { kind: 'reached' | 'stopped' }>;

/**
 * `binnacle hosts test`: connects once, and prints each step as it ends, then what was found or what kept it from getting
 * through. With `--json` one document, at the end: `schema`, `target`, `steps` (passed and skipped), `result`, `problems`.
 * @returns `ok` where it got through, else the exit code of what stopped it
 * @throws AppError HOST_NOT_FOUND, TARGET_INVALID, USAGE; CANCELLED where `signal` was aborted
 */
export async function runHostsTest(command: HostsTestCommand, context: HostsTestContext): Promise<ExitCode> {
  const { terminal, problems } = context;
  const request = requestOf(command, context);
  for (const { message, hint } of problems) terminal.writeError(errorLines(message, hint, terminal.colour.stderr));
  const steps: Step[] = [];
  const style = createStyle(terminal.colour.stdout);
  const width = lineWidth(terminal);
  const say = async (lines: readonly string[]) => {
    if (!command.json && lines.length > 0) await terminal.write(`${lines.join('\n')}\n`);
  };
  let jump: string | null = null;
  for await (const event of eventsOf(request, command, context)) {
    if (event.kind === 'begun' || event.kind === 'asking' || event.kind === 'asked') continue;
    if (event.kind === 'passed' || event.kind === 'skipped') steps.push(event);
    if (event.kind !== 'reached') await say(stepLines(event, { style, width, jump }));
    if ('jump' in event) jump = event.jump;
    if (event.kind !== 'reached' && event.kind !== 'stopped') continue;
    await say(['', ...resultLines(event, { style, width })]);
    if (command.json)
      await terminal.write(`${jsonText(documentOf(request, steps, event, problems), { indent: true })}\n`);
    return event.kind === 'reached' ? exitCodes.ok : exitCodeOfError(event.code);
  }
  throw new Error('a trial ended without a result');
}

async function* eventsOf(
  request: TrialRequest,
  { timeoutMs }: HostsTestCommand,
  { reach, prompts, clock, signal }: HostsTestContext,
): AsyncGenerator<TrialEvent, void, void> {
  using deadline = createDeadline(timeoutMs);
  const asked = prompts(createAsking(deadline).begin);
  await using trials = new HostTrials({ reach, questions: { promptsFor: () => asked }, clock });
  yield* trials.test(request, AbortSignal.any([signal, deadline.signal]));
}

/** A saved host is tried as it is followed: by its own target and keys, with those of the command before them. */
function requestOf({ host, identityFiles }: HostsTestCommand, { hosts, newId }: HostsTestContext): TrialRequest {
  const saved = matchHost(hosts, host);
  if (saved !== undefined) {
    return { trial: newId(), target: saved.target, identityFiles: [...identityFiles, ...saved.identityFiles] };
  }
  if (!looksLikeTarget(host)) {
    throw hostNotFound(
      hosts,
      host,
      `No host is saved by that name. As a target: binnacle hosts test ssh://${shownTarget(host)}`,
    );
  }
  return { trial: newId(), target: host, identityFiles };
}

function documentOf(request: TrialRequest, steps: readonly Step[], result: Result, problems: readonly Problem[]) {
  const target = canonicalTarget(request.target) ?? shownTarget(request.target);
  return { schema: SCHEMA_VERSION, target, steps, result, problems };
}
