import type { Unlock } from '#contract/actions.ts';
import type { RecordBody } from '../audit/records.ts';
import type { HostLogin } from '../engine/link.ts';
import type { HostAccess } from '../fleet/host-access.ts';
import type { PlannedChange } from './model.ts';
import { hostRef, nameRef } from './references.ts';
import type { LiveRun } from './run-live.ts';
import { bounded } from './run-words.ts';

type Intent = Extract<RecordBody, { kind: 'intent' }>;
type Outcome = Extract<RecordBody, { kind: 'outcome' }>;

/** What is going to be done, by whom, on what, and how that was before. */
export function intentRecord(
  { run, prepared }: LiveRun,
  host: Pick<HostAccess, 'id' | 'label' | 'target'>,
  login: HostLogin,
  unlocks: readonly Unlock[],
): Intent {
  const { plan, changes, service, before } = prepared;
  return {
    kind: 'intent',
    run: run.id,
    action: run.action,
    title: bounded(run.title),
    host: hostRef(host),
    login: { user: nameRef(login.user), hostKey: login.hostKey, loginKey: login.loginKey },
    app: nameRef(run.app),
    service: service === null ? null : nameRef(service),
    reason: run.reason === null ? null : bounded(run.reason),
    unlocks: unlocks.flatMap(({ containerId, reason }) => {
      const change = changes.find((each) => each.containerId === containerId);
      return change === undefined ? [] : [{ container: containerRef(change), reason: bounded(reason) }];
    }),
    steps: plan.steps.map(({ text, request }) => ({
      text: bounded(text),
      request: request === null ? null : bounded(request),
    })),
    leftOut: plan.leftOut.map(({ service: left, why }) => ({ service: nameRef(left), why })),
    command: plan.command,
    before: [...before],
  };
}

export function outcomeRecord(
  { run, recordedNotes }: LiveRun,
  end: Pick<Outcome, 'outcome' | 'durationMs' | 'message' | 'after'>,
): Outcome {
  return {
    kind: 'outcome',
    run: run.id,
    ...end,
    steps: run.steps.map(({ state }, index) => ({
      // What has neither ended nor been left by the end of its run is something nobody saw.
      state: state === 'waiting' || state === 'running' ? 'unknown' : state,
      note: recordedNotes[index] ?? null,
    })),
  };
}

function containerRef({ containerId, name: called, service }: PlannedChange) {
  return { id: containerId, name: nameRef(called), service: nameRef(service) };
}
