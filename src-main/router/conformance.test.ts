import { randomUUID } from 'node:crypto';
import { ORPCError } from '@orpc/client';
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import * as sockets from 'ws';
import { ErrorCode } from '#contract/errors.ts';
import { CONTRACT_VERSION } from '#contract/version.ts';
import { AppError } from '../kernel/errors.ts';
import { ask, carriersWith, type FakeCarrier, type FakePage } from './carriers.fixture.ts';
import { contractEntries } from './contract-entries.fixture.ts';
import { createRouter, type Router } from './router.ts';
import {
  aContainer,
  aHost,
  aLogLine,
  anUnlock,
  aPlan,
  aSavedHost,
  type FakeServices,
  fakeServices,
  uuid,
} from './services.fixture.ts';

const LOG_REQUEST = {
  stream: uuid(52),
  hostId: uuid(1),
  containerId: aContainer(1).id,
  follow: true,
  tail: 100,
  after: '2026-01-05T08:00:00.000000001Z',
  credit: 2,
};

/** For every entry of the contract a valid input, and what the fake domains answer; an iterator's answer is its first value. */
const calls: Readonly<Record<string, { readonly input: unknown; readonly answer: unknown }>> = {
  'session.hello': {
    input: { contractVersion: CONTRACT_VERSION },
    answer: { contractVersion: CONTRACT_VERSION, appVersion: '0.1.0', shell: 'browser', demo: false },
  },
  'updates.watch': {
    input: { subscription: uuid(50) },
    answer: expect.objectContaining({ kind: 'snapshot', seq: 1, hosts: [aHost(uuid(1))] }),
  },
  'updates.acknowledge': { input: { subscription: uuid(51), seq: 1 }, answer: 'SUBSCRIPTION_UNKNOWN' },
  'updates.interest': {
    input: { subscription: uuid(51), visible: true, hosts: [uuid(1)] },
    answer: 'SUBSCRIPTION_UNKNOWN',
  },
  'logs.read': {
    input: LOG_REQUEST,
    answer: [aLogLine('one'), aLogLine('two')],
  },
  'logs.credit': { input: { stream: uuid(53), lines: 10 }, answer: undefined },
  'hosts.list': { input: undefined, answer: [aSavedHost(uuid(1))] },
  'hosts.identities': { input: undefined, answer: { agent: true, files: [] } },
  'hosts.aliases': { input: undefined, answer: [] },
  'hosts.connection': { input: { id: uuid(2) }, answer: null },
  'hosts.test': {
    input: { trial: uuid(54), target: 'ssh://ops@shop', identityFiles: ['/home/ops/.ssh/id'] },
    answer: { kind: 'begun', step: 'reach', jump: null },
  },
  'hosts.add': {
    input: { target: 'ssh://ops@shop', name: 'shop', identityFiles: [] },
    answer: aSavedHost(uuid(1)),
  },
  'hosts.rename': { input: { id: uuid(2), name: null }, answer: aSavedHost(uuid(2)) },
  'hosts.remove': { input: { id: uuid(2) }, answer: aSavedHost(uuid(2)) },
  'hosts.restore': { input: { id: uuid(2) }, answer: aSavedHost(uuid(2)) },
  'hosts.setMode': { input: { id: uuid(2), mode: 'operate' }, answer: undefined },
  'hosts.retry': { input: { id: uuid(2) }, answer: undefined },
  'questions.answer': {
    input: { id: uuid(55), answer: { kind: 'passphrase', passphrase: 'correct horse', remember: false } },
    answer: 'QUESTION_GONE',
  },
  'settings.change': {
    input: { theme: 'night', refreshSeconds: 10 },
    answer: { theme: 'system', refreshSeconds: 10, sampleSeconds: 5, secretMinutes: 480 },
  },
  'settings.forgetSecrets': { input: undefined, answer: { forgotten: 2 } },
  'settings.places': { input: undefined, answer: expect.objectContaining({ home: '/home/ops/.binnacle' }) },
  'actions.plan': {
    input: { action: 'container.restart', hostId: uuid(1), containerId: aContainer(1).id },
    answer: aPlan(uuid(7)),
  },
  'actions.run': { input: { plan: uuid(7), reason: null }, answer: { run: uuid(8) } },
  'actions.cancel': { input: { run: uuid(8) }, answer: undefined },
  'actions.unlock': {
    input: { hostId: uuid(1), containerId: aContainer(1).id, action: 'container.stop', reason: 'to copy it' },
    answer: anUnlock(),
  },
  'actions.lock': {
    input: { hostId: uuid(1), containerId: aContainer(1).id, action: 'container.stop' },
    answer: undefined,
  },
  'actions.protect': { input: { hostId: uuid(1), app: 'shop', service: 'web', protect: true }, answer: undefined },
  'timeline.read': { input: { hostId: uuid(1), app: 'shop' }, answer: [] },
  'journal.read': {
    input: { filter: { app: 'shop', outcome: 'failed' }, before: 12, limit: 50 },
    answer: { entries: [], next: null },
  },
  'journal.verify': { input: undefined, answer: expect.objectContaining({ sound: true, records: 1 }) },
  'journal.export': {
    input: { filter: { from: '2026-01-05T08:00:00Z' } },
    answer: { file: '/home/ops/journal.jsonl', records: 1 },
  },
  'journal.setAside': { input: undefined, answer: { folder: '/home/ops/.binnacle/journal-1' } },
};

describe.each(carriersWith(sockets))('over a %s', (_name, start) => {
  let carrier: FakeCarrier;
  let services: FakeServices;
  let router: Router;
  /** A page that has said hello. */
  let page: FakePage;

  beforeAll(async () => {
    carrier = await start();
    return () => carrier[Symbol.asyncDispose]();
  });

  beforeEach(async () => {
    services = fakeServices();
    services.fleet.put({ host: aHost(uuid(1)), containers: [{ app: 'shop', container: aContainer(1) }] });
    router = createRouter(services);
    page = await carrier.open(router);
    await page.client.session.hello({ contractVersion: CONTRACT_VERSION });
    return () => router[Symbol.dispose]();
  });

  test('every entry of the contract is handled', async () => {
    const answers: Record<string, unknown> = {};
    for (const [path, { input }] of Object.entries(calls)) answers[path] = await ask(page, path, input);
    expect([Object.keys(calls).sort(), answers]).toEqual([
      [...contractEntries.keys()].sort(),
      Object.fromEntries(Object.entries(calls).map(([path, { answer }]) => [path, answer])),
    ]);
  });

  test('every entry but the handshake is refused before it', async () => {
    const stranger = await carrier.open(router);
    const answers: Record<string, unknown> = {};
    for (const [path, { input }] of Object.entries(calls)) {
      if (path !== 'session.hello') answers[path] = await ask(stranger, path, input);
    }
    expect([...new Set(Object.values(answers)), Object.keys(answers).length]).toEqual([
      'CONTRACT_MISMATCH',
      contractEntries.size - 1,
    ]);
  });

  test('another version of the contract is refused, and what it asks for after', async () => {
    const stranger = await carrier.open(router);
    const refusal = await failure(stranger.client.session.hello({ contractVersion: CONTRACT_VERSION + 1 }));
    expect([refusal, await ask(stranger, 'hosts.list', undefined)]).toEqual([
      {
        code: 'CONTRACT_MISMATCH',
        defined: true,
        message: 'This window and the running Binnacle are of different versions.',
        data: {
          hint: 'Load the window again; where that does not help, end Binnacle and start it again.',
          details: { window: CONTRACT_VERSION + 1, core: CONTRACT_VERSION },
        },
      },
      'CONTRACT_MISMATCH',
    ]);
  });

  test('an entry takes what its schema takes, and nothing else', async () => {
    for (const [path, { input }] of Object.entries(calls)) {
      const schema = contractEntries.get(path) ?? null;
      if (schema === null) continue;
      const verdicts = { taken: 0, refused: 0 };
      await fc.assert(
        fc.asyncProperty(spoilt(input), async (given) => {
          const isTaken = (await ask(page, path, given)) !== 'REQUEST_INVALID';
          verdicts[isTaken ? 'taken' : 'refused'] += 1;
          expect(isTaken).toBe(schema.safeParse(given).success);
        }),
        { numRuns: 40, examples: [[input], [undefined], [null], [[]]] },
      );
      expect([path, verdicts.taken > 0, verdicts.refused > 0]).toEqual([path, true, true]);
    }
  });

  test('what is wrong with an input is told by place and reason, not by value', async () => {
    const secret = 'correct horse battery staple'.repeat(100);
    const answer = { kind: 'passphrase' as const, passphrase: secret, remember: false };
    const refusal = await failure(page.client.questions.answer({ id: uuid(1), answer }));
    expect([refusal, JSON.stringify(refusal).includes('horse'), services.bugs]).toEqual([
      {
        code: 'REQUEST_INVALID',
        defined: true,
        message:
          'The request questions.answer was refused: answer.passphrase: Too big: expected string to have <=1024 characters.',
        data: {
          hint: expect.any(String),
          details: {
            procedure: 'questions.answer',
            issues: ['answer.passphrase: Too big: expected string to have <=1024 characters'],
          },
        },
      },
      false,
      [],
    ]);
  });

  test('what is not in the contract cannot be asked', async () => {
    const paths = ['hosts.forget', 'system.exec', 'hosts', 'hosts.list.call', 'constructor.call', '%2e%2e'];
    const answers = await Promise.all(paths.map((path) => ask(page, path, {})));
    expect(answers).toEqual(paths.map(() => 'REQUEST_INVALID'));
  });

  test('every error arrives as it was thrown, from a call and from an iterator', async () => {
    for (const code of ErrorCode.options) {
      const details = { code, port: 22, nested: { list: [1, null, 'two'] } };
      const error = new AppError(code, `It failed with ${code}.`, { hint: `Mend ${code}.`, details });
      services.hosts.retry = () => Promise.reject(error);
      services.hosts.test = async function* () {
        yield { kind: 'begun', step: 'reach', jump: null };
        throw error;
      };
      const trial = { trial: randomUUID(), target: 'shop', identityFiles: [] };
      const arrived = {
        code,
        defined: true,
        message: `It failed with ${code}.`,
        data: { hint: `Mend ${code}.`, details },
      };
      expect([
        await failure(page.client.hosts.retry({ id: uuid(1) })),
        await failure(all(await page.client.hosts.test(trial))),
      ]).toEqual([arrived, arrived]);
    }
  });

  test('a bug, and an answer that is not as the contract has it, are INTERNAL and logged without the answer', async () => {
    const bug = new TypeError('secret is not a function');
    services.hosts.retry = () => Promise.reject(bug);
    services.hosts.list = async () => [{ ...aSavedHost('horse'), mode: 'observe' }];
    services.hosts.test = async function* () {
      yield { kind: 'begun', step: 'horse', jump: null } as never;
    };
    const trial = { trial: uuid(1), target: 'shop', identityFiles: [] };
    const answers = [
      await failure(page.client.hosts.retry({ id: uuid(1) })),
      await failure(page.client.hosts.list()),
      await failure(all(await page.client.hosts.test(trial))),
    ];
    const internal = {
      code: 'INTERNAL',
      defined: true,
      message: 'Something went wrong inside Binnacle (reference 0badf00d).',
      data: { hint: 'The log has the details.', details: { reference: '0badf00d' } },
    };
    expect([answers, services.bugs.map(String)]).toEqual([
      [internal, internal, internal],
      [
        'TypeError: secret is not a function',
        'Error: The answer of hosts.list is not as the contract has it: 0.id: Invalid UUID',
        expect.stringMatching(/^Error: The answer of hosts\.test is not as the contract has it: step: Invalid option/),
      ],
    ]);
  });

  test('a call that cannot be read is refused', async () => {
    page.send('{"i":"77","p":{"u":"/hosts/list","b":{"json":{},"meta":[[4,"nowhere"]]}}}');
    page.send('{"i":"78","p":{"u":"/hosts/list","b":null}}');
    const answerTo = (id: string) =>
      page.heard.map((text) => JSON.parse(text)).find(({ i }) => i === id)?.p.b.json.code;
    await vi.waitFor(() => expect(['77', '78'].map(answerTo)).toEqual(['REQUEST_INVALID', 'REQUEST_INVALID']));
    expect([await ask(page, 'hosts.list', undefined), services.bugs]).toEqual([[aSavedHost(uuid(1))], []]);
  });
});

async function failure(answer: Promise<unknown>): Promise<unknown> {
  const error = await answer.then(
    () => 'no failure',
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ORPCError)) return error;
  const { code, defined, message, data } = error;
  return { code, defined, message, data };
}

async function all<T>(iterator: AsyncIterable<T>): Promise<T[]> {
  return Array.fromAsync(iterator);
}

/** `input`, with one of its parts left out, replaced, or joined by another; or something else altogether. */
function spoilt(input: unknown): fc.Arbitrary<unknown> {
  const junk = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom(-1, 0, 1, 1.5, 1e6, '', 'x', uuid(7), 'night', true, null, [], {}, [uuid(7)]),
  );
  if (typeof input !== 'object' || input === null) return junk;
  const change = (name: string) =>
    fc.oneof(
      junk.map((value) => ({ ...input, [name]: value })),
      spoilt((input as Record<string, unknown>)[name]).map((value) => ({ ...input, [name]: value })),
      fc.constant(Object.fromEntries(Object.entries(input).filter(([other]) => other !== name))),
    );
  const names = Object.keys(input);
  return fc.oneof(
    { weight: 1, arbitrary: junk },
    { weight: 1, arbitrary: junk.map((value) => ({ ...input, more: value })) },
    ...names.map((name) => ({ weight: 2, arbitrary: change(name) })),
  );
}
