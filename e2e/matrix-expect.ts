import { expect } from 'vitest';
import type { TrialEvent } from '#contract/hosts.ts';
import type { Reached, Stopped } from './matrix-row.ts';
import type { Followed } from './matrix-scene.ts';

const matching = (patterns: readonly RegExp[] = []) => patterns.map((pattern) => expect.stringMatching(pattern));

/** A trial has ended as it should, at the step at which it should, with cause and fix. */
export function expectTried(
  { events, asked }: { readonly events: readonly TrialEvent[]; readonly asked: readonly string[] },
  expected: Reached | Stopped,
): void {
  const end = events.at(-1);
  const { asks = [], offers } = expected;
  if (end?.kind === 'reached' && expected.outcome === 'reached') {
    const { name, version, apiVersion } = end.engine;
    const jumps = new Set(events.flatMap((event) => ('jump' in event && event.jump !== null ? [event.jump] : [])));
    const { hops = 1, via, engine = /./, notes } = expected;
    expect({
      via: end.via,
      engine: `${name} ${version} ${apiVersion}`,
      notes: end.notes,
      offers: end.offers.map(({ target }) => target),
      hops: hops === 0 ? jumps.size : jumps.size + 1,
      fingerprint: end.fingerprint !== null,
      containers: end.containers > 0,
      asked,
    }).toEqual({
      via,
      engine: expect.stringMatching(engine),
      notes: matching(notes),
      offers: matching(offers),
      hops,
      fingerprint: hops > 0,
      containers: true,
      asked: asks,
    });
    return;
  }
  if (expected.outcome === 'reached') {
    // What it stopped with is what whoever reads this failure needs.
    expect(end).toEqual(expect.objectContaining({ kind: 'reached', via: expected.via }));
    return;
  }
  const { step, code, cause, fix, seen, onTheWay = false } = expected;
  expect({ ...end, asked }).toEqual({
    kind: 'stopped',
    step,
    jump: onTheWay ? expect.stringMatching(/^\S+@127\.0\.0\.1:\d+$/) : null,
    ms: expect.any(Number),
    code,
    message: expect.stringMatching(cause),
    hint: expect.stringMatching(fix),
    seen: seen === undefined ? expect.any(Array) : expect.arrayContaining([expect.stringMatching(seen)]),
    offers: matching(offers).map((target) => expect.objectContaining({ target })),
    asked: asks,
  });
  // Whatever came before it has passed, or was left out with a reason.
  const open = new Map<string, string>();
  for (const event of events) if ('step' in event) open.set(`${event.jump} ${event.step}`, event.kind);
  expect([...open].filter(([, kind]) => kind === 'begun')).toEqual([]);
}

/** A host that is followed shows what the trial has told. */
export function expectFollowed({ host, states, problems, report, asked }: Followed, expected: Reached | Stopped): void {
  const { asks = [] } = expected;
  const { status } = host;
  const containers = host.apps.flatMap((app) => app.containers);
  const askedStates = states.filter((state) => state.startsWith('asking '));
  expect([asked, askedStates]).toEqual([asks, asks.map((what) => `asking ${what}`)]);
  if (expected.outcome === 'reached') {
    const { via, hops = 1 } = expected;
    expect({
      state: status.state,
      problems: problems.map(({ message }) => message),
      via: report?.via,
      hops: report?.hops.length,
      known: containers.length > 0,
      verdict: host.verdict,
    }).toEqual({
      state: 'live',
      problems: matching(expected.problems),
      via,
      hops,
      known: true,
      verdict: expect.not.stringMatching('unknown'),
    });
    return;
  }
  const { code, cause, state } = expected;
  expect(status).toMatchObject({ state, code, message: expect.stringMatching(cause) });
  // Nobody connects again for a person; everything else is tried again.
  if (status.state === 'offline') expect(status.nextTryAt).not.toBeNull();
  expect([containers, host.verdict, problems.map((problem) => [problem.code, problem.hint])]).toEqual([
    [],
    'unknown',
    [[code, expect.stringMatching(expected.fix)]],
  ]);
}
