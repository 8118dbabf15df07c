import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ContainerHealth, ContainerState } from '#contract/fleet.ts';
import { engineAt } from './facts.fixture.ts';
import {
  containerVerdict,
  type Judgement,
  VERDICT_ROWS,
  type VerdictContext,
  type VerdictEvidence,
  verdictRank,
  worstVerdict,
} from './verdict.ts';

const GIB = 1024 ** 3;
const MINUTE = 60_000;

const NOW: VerdictContext = {
  hostLive: true,
  factAgeMs: 2_000,
  refreshIntervalMs: 10_000,
  engineNow: engineAt(0),
  pinned: false,
  accepted: false,
};

const HEALTHY: VerdictEvidence = {
  state: 'running',
  exitCode: null,
  health: 'healthy',
  healthOutput: null,
  error: null,
  oomKilled: false,
  restartPolicy: 'no',
  oneOff: false,
  createdAt: engineAt(-60 * MINUTE),
  removingSince: null,
  memoryBytes: 0.5 * GIB,
  memoryLimitBytes: 2 * GIB,
  restarts: { times: 0, spanMs: 0 },
  lastDeath: null,
  outOfMemory: null,
};

const EXITED: VerdictEvidence = { ...HEALTHY, state: 'exited', exitCode: 0, health: 'none' };
const REMOVING: VerdictEvidence = { ...EXITED, state: 'removing' };
const FALLEN = { exitCode: 1, outOfMemory: false, asked: false };

function green(reason: string): Judgement {
  return { verdict: 'green', reason };
}

function not(verdict: 'down' | 'attention' | 'unknown', reason: string): Judgement {
  return { verdict, reason };
}

const STOPPED = green('stopped');
const FINISHED = green('finished');

type Case = readonly [what: string, evidence: VerdictEvidence, context: Partial<VerdictContext>, expected: Judgement];

const CASES: readonly Case[] = [
  ['host not live', HEALTHY, { hostLive: false, factAgeMs: 2.5 * MINUTE }, not('unknown', 'last seen 2 min ago')],
  ['never seen', HEALTHY, { hostLive: false, factAgeMs: null }, not('unknown', 'not seen yet')],
  ['three refresh intervals old', HEALTHY, { factAgeMs: 30_000 }, green('healthy')],
  ['older than that', HEALTHY, { factAgeMs: 30_001 }, not('unknown', 'last seen 30 s ago')],
  ['pinned and absent', { ...HEALTHY, state: 'missing' }, { pinned: true }, not('down', 'missing')],
  [
    'restarting',
    { ...EXITED, state: 'restarting', exitCode: 137, restartPolicy: 'always' },
    {},
    not('down', 'restarting, last exit 137'),
  ],
  [
    'restarting, with what was counted',
    { ...EXITED, state: 'restarting', lastDeath: FALLEN, restarts: { times: 6, spanMs: 4.5 * MINUTE } },
    {},
    not('down', 'restarting, last exit 1 (6 times in 4 min)'),
  ],
  [
    'restarting for want of memory',
    { ...EXITED, state: 'restarting', exitCode: 137, oomKilled: true },
    {},
    not('down', 'restarting, last exit 137, out of memory'),
  ],
  [
    'running between two falls',
    { ...HEALTHY, lastDeath: { ...FALLEN, outOfMemory: true }, restarts: { times: 3, spanMs: 300 } },
    {},
    not('down', 'restarting, last exit 1, out of memory (3 times in 1 s)'),
  ],
  ['fallen twice', { ...HEALTHY, lastDeath: FALLEN, restarts: { times: 2, spanMs: MINUTE } }, {}, green('healthy')],
  ['dead', { ...EXITED, state: 'dead' }, {}, not('down', 'dead')],
  [
    'killed for want of memory',
    { ...EXITED, exitCode: 137, oomKilled: true, restartPolicy: 'always' },
    { accepted: true },
    not('down', 'out of memory'),
  ],
  ['killed for want of memory, running again', { ...HEALTHY, oomKilled: true }, {}, green('healthy')],
  ['unhealthy', { ...HEALTHY, health: 'unhealthy' }, {}, not('down', 'unhealthy')],
  [
    'unhealthy, with output',
    { ...HEALTHY, health: 'unhealthy', healthOutput: ' 503 \u001b[31mdb pool exhausted' },
    {},
    not('down', 'unhealthy: 503 ␛[31mdb pool exhausted'),
  ],
  ['unhealthy when it stopped', { ...EXITED, health: 'unhealthy' }, {}, FINISHED],
  ['starting', { ...HEALTHY, health: 'starting' }, {}, not('attention', 'starting')],
  ['paused', { ...HEALTHY, state: 'paused' }, {}, not('attention', 'paused')],
  ['created for 5 min', { ...EXITED, state: 'created', createdAt: engineAt(-5 * MINUTE) }, {}, green('created')],
  [
    'created for longer',
    { ...EXITED, state: 'created', createdAt: engineAt(-5 * MINUTE - 1) },
    {},
    not('attention', 'never started'),
  ],
  [
    'could not be started',
    { ...EXITED, state: 'created', createdAt: engineAt(-1), error: 'port is already allocated' },
    {},
    not('attention', 'never started: port is already allocated'),
  ],
  [
    'near its limit',
    { ...HEALTHY, memoryBytes: 1.93 * GIB },
    {},
    not('attention', 'near its memory limit: 1.93 of 2 GB'),
  ],
  ['below 95 % of its limit', { ...HEALTHY, memoryBytes: 1.89 * GIB }, {}, green('healthy')],
  ['without a limit', { ...HEALTHY, memoryBytes: 4 * GIB, memoryLimitBytes: null }, {}, green('healthy')],
  [
    'died for want of memory, and runs',
    { ...HEALTHY, outOfMemory: { at: engineAt(-3 * MINUTE), diedOfIt: true } },
    {},
    not('attention', 'out of memory 3 min ago, running again'),
  ],
  [
    'lost a process for want of memory',
    { ...HEALTHY, outOfMemory: { at: engineAt(-10 * MINUTE), diedOfIt: false } },
    {},
    not('attention', 'out of memory 10 min ago'),
  ],
  [
    'was out of memory longer ago',
    { ...HEALTHY, outOfMemory: { at: engineAt(-10 * MINUTE - 1), diedOfIt: true } },
    {},
    green('healthy'),
  ],
  ['healthy', HEALTHY, {}, green('healthy')],
  ['without a healthcheck', { ...HEALTHY, health: 'none' }, {}, green('unchecked')],
  ['health not told', { ...HEALTHY, health: null }, {}, green('unchecked')],
  ['stopped', { ...EXITED, exitCode: 137, restartPolicy: 'always' }, {}, STOPPED],
  ['stopped, the other policy', { ...EXITED, exitCode: 0, restartPolicy: 'unless-stopped' }, {}, STOPPED],
  ['stopped and pinned', { ...EXITED, restartPolicy: 'always' }, { pinned: true }, not('attention', 'stopped')],
  ['finished', EXITED, { pinned: true }, FINISHED],
  ['finished, on-failure', { ...EXITED, restartPolicy: 'on-failure' }, {}, FINISHED],
  ['a finished one-off, list only', { ...EXITED, restartPolicy: null, oneOff: true }, { pinned: true }, FINISHED],
  ['exited 0, list only', { ...EXITED, restartPolicy: null }, {}, FINISHED],
  [
    'exited 0 and pinned, list only',
    { ...EXITED, restartPolicy: null },
    { pinned: true },
    not('attention', 'exited 0'),
  ],
  ['exited 3', { ...EXITED, exitCode: 3 }, {}, not('attention', 'exited 3')],
  ['a one-off that failed', { ...EXITED, exitCode: 3, oneOff: true }, {}, not('attention', 'exited 3')],
  ['exited 137, list only', { ...EXITED, exitCode: 137, restartPolicy: null }, {}, not('attention', 'exited 137')],
  ['exited, code not told', { ...EXITED, exitCode: null }, {}, not('attention', 'exited')],
  ['exited and accepted', { ...EXITED, exitCode: 3 }, { accepted: true }, green('exited 3, accepted')],
  ['removing for 10 s', { ...REMOVING, removingSince: engineAt(-10_000) }, {}, green('being removed')],
  ['removing for longer', { ...REMOVING, removingSince: engineAt(-10_001) }, {}, not('attention', 'being removed')],
  ['a state not known', { ...EXITED, state: 'unknown' }, {}, not('unknown', 'state not known')],
  ['missing without a pin', { ...EXITED, state: 'missing' }, {}, not('unknown', 'state not known')],
];

describe('containerVerdict', () => {
  it.each(CASES)('%s', (_, evidence, context, expected) => {
    expect(containerVerdict(evidence, { ...NOW, ...context })).toEqual(expected);
  });
});

/** What makes each row of the table hold, as a change to evidence and context; rows of one state can hold at once. */
const HOLDS: readonly (readonly [row: string, evidence: Partial<VerdictEvidence>, context: Partial<VerdictContext>])[] =
  [
    ['not seen now', {}, { hostLive: false }],
    ['missing', { state: 'missing' }, { pinned: true }],
    ['restarting', { restarts: { times: 3, spanMs: 1_000 } }, {}],
    ['dead', { state: 'exited', oomKilled: true, exitCode: 137 }, {}],
    ['unhealthy', { state: 'running', health: 'unhealthy' }, {}],
    ['starting', { state: 'running', health: 'starting' }, {}],
    ['short of memory', { state: 'running', memoryBytes: 2 * GIB }, {}],
    ['running', { state: 'running' }, {}],
    ['stopped', { state: 'exited', restartPolicy: 'always' }, {}],
    ['finished', { state: 'exited', exitCode: 0 }, {}],
    ['exited', { state: 'exited' }, {}],
  ];

function compatible(a: object, b: object): boolean {
  const other: Readonly<Record<string, unknown>> = { ...b };
  return Object.entries(a).every(([key, value]) => !(key in other) || other[key] === value);
}

const PAIRS = HOLDS.flatMap(([earlier, evidence, context], index) =>
  HOLDS.slice(index + 1)
    .filter(([, otherEvidence]) => compatible(evidence, otherEvidence))
    .map(([later, otherEvidence, otherContext]) => ({
      earlier,
      later,
      evidence: { ...EXITED, exitCode: 3, ...otherEvidence, ...evidence },
      context: { ...NOW, ...otherContext, ...context },
    })),
);

describe('precedence', () => {
  it("has the table's rows in the table's order", () => {
    const names = VERDICT_ROWS.map(([name]) => name);
    expect(names.filter((name) => !name.startsWith('+'))).toEqual(HOLDS.map(([name]) => name));
  });

  it('is tried for every row but those that stand alone', () => {
    expect(new Set(PAIRS.flatMap(({ earlier, later }) => [earlier, later]))).toEqual(
      new Set(HOLDS.map(([name]) => name)),
    );
    expect(PAIRS.length).toBeGreaterThan(25);
  });

  it.each(PAIRS)('$earlier goes before $later', ({ earlier, later, evidence, context }) => {
    const holding = VERDICT_ROWS.filter(([, rule]) => rule(evidence, context) !== null).map(([name]) => name);
    expect(holding).toEqual(expect.arrayContaining([earlier, later]));
    const rule = VERDICT_ROWS.find(([name]) => name === earlier)?.[1];
    expect(containerVerdict(evidence, context)).toEqual(rule?.(evidence, context));
  });
});

const anyMs = fc.integer({ min: -20 * MINUTE, max: 20 * MINUTE });
const anyBytes = fc.option(fc.integer({ min: 0, max: 4 * GIB }));
const anyCode = fc.option(fc.integer({ min: -1, max: 255 }));
const anyText = fc.option(fc.string({ unit: 'binary', maxLength: 250 }));

const anyEvidence: fc.Arbitrary<VerdictEvidence> = fc.record({
  state: fc.constantFrom(...ContainerState.options),
  exitCode: anyCode,
  health: fc.option(fc.constantFrom(...ContainerHealth.options)),
  healthOutput: anyText,
  error: anyText,
  oomKilled: fc.boolean(),
  restartPolicy: fc.option(
    fc.constantFrom('no' as const, 'always' as const, 'unless-stopped' as const, 'on-failure' as const),
  ),
  oneOff: fc.boolean(),
  createdAt: anyMs.map(engineAt),
  removingSince: fc.option(anyMs.map(engineAt)),
  memoryBytes: anyBytes,
  memoryLimitBytes: anyBytes,
  restarts: fc.record({ times: fc.nat(10), spanMs: fc.nat(5 * MINUTE) }),
  lastDeath: fc.option(fc.record({ exitCode: anyCode, outOfMemory: fc.boolean(), asked: fc.boolean() })),
  outOfMemory: fc.option(fc.record({ at: anyMs.map(engineAt), diedOfIt: fc.boolean() })),
});

const anyContext: fc.Arbitrary<VerdictContext> = fc.record({
  hostLive: fc.boolean(),
  factAgeMs: fc.option(fc.nat(2 * MINUTE)),
  refreshIntervalMs: fc.integer({ min: 1_000, max: MINUTE }),
  engineNow: anyMs.map(engineAt),
  pinned: fc.boolean(),
  accepted: fc.boolean(),
});

describe('any evidence', () => {
  it('has a verdict, a bounded reason of visible text, and green hides nothing that is not', () => {
    fc.assert(
      fc.property(anyEvidence, anyContext, (evidence, context) => {
        const { verdict, reason } = containerVerdict(evidence, context);
        expect(reason).toMatch(/^[^\p{Cc}]{1,250}$/u);
        if (!context.hostLive || context.factAgeMs === null) expect(verdict).toBe('unknown');
        if (verdict !== 'green') return;
        expect(['dead', 'restarting', 'missing', 'unknown', 'paused']).not.toContain(evidence.state);
        expect(evidence.restarts.times).toBeLessThan(3);
        if (evidence.state === 'running') expect(['unhealthy', 'starting']).not.toContain(evidence.health);
        if (evidence.state !== 'exited') return;
        expect([evidence.oomKilled, /^(stopped|finished|exited.*, accepted)$/.test(reason)]).toEqual([false, true]);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('worstVerdict', () => {
  it('is the worst first: down, unknown, attention, green', () => {
    expect([
      worstVerdict(['green', 'attention', 'unknown', 'down']),
      worstVerdict(['green', 'attention', 'unknown']),
      worstVerdict(['attention', 'green']),
      worstVerdict([]),
    ]).toEqual(['down', 'unknown', 'attention', 'green']);
    expect((['down', 'unknown', 'attention', 'green'] as const).map(verdictRank)).toEqual([0, 1, 2, 3]);
  });
});
