import type { ActionRequest, Plan, Unlock } from '#contract/actions.ts';
import type { RunSubject } from '../audit/journal.ts';
import type { HostAccess } from '../fleet/host-access.ts';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { visibleText } from '../kernel/text.ts';
import { affectsOf } from './affects.ts';
import { bindingOf } from './binding.ts';
import { CATALOGUE } from './catalogue.ts';
import { commandByHand } from './command.ts';
import { judgeContainer, judgeHost } from './guard.ts';
import type { PreparedPlan } from './model.ts';
import { seenState } from './seen-state.ts';
import { stepsFor } from './steps.ts';
import { findSubjects, type Subjects } from './subjects.ts';
import { fullWord } from './words.ts';

export interface PlanSources {
  readonly host: HostAccess;
  /** The unlock that holds for an action on one of the host's containers. */
  readonly unlockFor: (containerId: string, action: Unlock['action']) => Unlock | null;
  /** As `Journal.durations`. */
  readonly durations: (subject: RunSubject) => Promise<readonly number[]>;
  readonly newId: () => string;
  /** Milliseconds of the wall clock. */
  readonly now: () => number;
}

/**
 * What an action would do, from fresh inspects of all it acts upon: first all is gathered, then it is computed.
 * @throws AppError HOST_NOT_LIVE, OBSERVE_ONLY, PROTECTED, NOTHING_TO_DO, ENGINE_DENIED, PLAN_TOO_LARGE, and as
 * `HostAccess.inspect`
 */
export async function preparePlan(
  request: ActionRequest,
  sources: PlanSources,
  signal: AbortSignal,
): Promise<PreparedPlan> {
  const { host, unlockFor, durations, newId, now } = sources;
  judgeHost(host, request.action);
  const subjects = await findSubjects(host, request, signal);
  const { action } = request;
  const { app, service } = subjects;
  const took = await durations({ hostId: host.id, app, service, action });
  // While it was being read the host may have been lost, or set to be observed.
  judgeHost(host, action);
  const unlock = unlockNeeded(request, subjects, unlockFor);
  const expiresAt = new Date(now() + limits.actions.planMs).toISOString();
  return makePlan({ request, subjects, host, took, unlock, id: newId(), expiresAt });
}

interface Gathered {
  readonly request: ActionRequest;
  readonly subjects: Subjects;
  readonly host: Pick<HostAccess, 'id' | 'label' | 'target' | 'containers'>;
  /** Milliseconds of earlier runs. */
  readonly took: readonly number[];
  readonly unlock: Unlock | null;
  readonly id: string;
  readonly expiresAt: string;
}

/** Pure. @throws AppError PLAN_TOO_LARGE */
function makePlan({ request, subjects, host, took, unlock, id, expiresAt }: Gathered): PreparedPlan {
  const { action } = request;
  const { what } = CATALOGUE[action];
  const { app, service, acted, leftOut } = subjects;
  const { steps, changes } = stepsFor(what, acted);
  const plan: Plan = {
    id,
    action,
    hostId: host.id,
    title: titleOf(action, subjects, host.label),
    steps: [...steps],
    leftOut: [...leftOut],
    affects: affectsOf(what, subjects, host.containers),
    took: took.length === 0 ? null : { medianMs: median(took), runs: took.length },
    command: commandByHand(host.target, changes),
    unlock,
    expiresAt,
  };
  const before = acted.map(({ detail, place }) => seenState(detail, place));
  checkSize({ plan, before });
  const { id: hostId, target } = host;
  return { plan, request, action, hostId, target, app, service, changes, binding: bindingOf(subjects), before };
}

/**
 * An app's plan acts upon nothing that is protected, so there is nothing to unlock.
 * @throws AppError NOTHING_TO_DO, PROTECTED
 */
export function unlockNeeded(
  request: ActionRequest,
  { acted }: Pick<Subjects, 'acted'>,
  unlockFor: PlanSources['unlockFor'],
): Unlock | null {
  const [subject] = acted;
  if ('app' in request || subject === undefined) return null;
  const { id, word, protection, detail } = subject;
  const { locked } = CATALOGUE[request.action];
  const unlock = locked === null ? null : unlockFor(id, locked);
  return judgeContainer(request.action, { id, word, protection, state: detail.state }, unlock);
}

function titleOf(action: Plan['action'], { app, service, acted, members }: Subjects, label: string): string {
  const subject = acted[0];
  const name = service === null || subject === undefined ? app : fullWord(app, subject.word, members);
  return `${CATALOGUE[action].verb} ${name} on ${visibleText(label, limits.text.labelChars)}`;
}

/** A host chooses how long its names are. What the journal could not hold as one record is not begun. */
function checkSize({ plan, before }: Pick<PreparedPlan, 'plan' | 'before'>): void {
  const { steps, leftOut, command } = plan;
  const bytes = Buffer.byteLength(JSON.stringify([steps, leftOut, command, before]));
  if (bytes <= limits.actions.planBytes) return;
  throw new AppError('PLAN_TOO_LARGE', 'This plan is longer than the journal could keep as one record.', {
    details: { bytes, most: limits.actions.planBytes },
    hint: 'Act upon fewer containers at once.',
  });
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}
