import fc from 'fast-check';
import { CONTRACT_VERSION } from '#contract/version.ts';
import { aContainer, uuid } from './services.fixture.ts';

const PROTOTYPE_NAMES = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'toJSON', 'then'];

const id = fc.integer({ min: 1, max: 4 }).map(uuid);
const containerId = fc.constantFrom(aContainer(1).id, aContainer(2).id, 'f'.repeat(64));
/** Around the bound of a text, and what is odd within it. */
const text = (most: number) =>
  fc.oneof(
    fc.constantFrom('shop', 'web', ' ', '\u0000', '\u202egnp', '<img src=x>', '../../etc/passwd', ...PROTOTYPE_NAMES),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
    fc.integer({ min: most - 2, max: most + 2 }).map((length) => 'x'.repeat(length)),
  );
const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { freq: 3 });
const instant = fc.constantFrom('2026-01-05T08:00:00Z', '2026-01-05T08:00:00.000000001Z', '1970-01-01T00:00:00.000Z');
const containerAction = fc.constantFrom('container.start', 'container.stop', 'container.restart');
const lockedAction = fc.constantFrom('container.stop', 'container.restart');
const around = (least: number, most: number) =>
  fc.oneof(fc.integer({ min: least, max: Math.min(most, least + 20) }), fc.integer({ min: most - 1, max: most + 1 }));
const files = fc.array(text(4_096), { maxLength: 17 });
const filter = fc.record(
  {
    hostId: id,
    app: text(512),
    action: fc.oneof(containerAction, fc.constant('app.restart')),
    outcome: fc.constantFrom('open', 'succeeded', 'failed', 'cancelled', 'unknown'),
    from: instant,
    to: instant,
  },
  { requiredKeys: [] },
);
const onlyId = fc.record({ id });
const none = fc.constant(undefined);

/** For every entry of the contract, what it takes or nearly takes; written by hand, so that it owes the schema nothing. */
export const nearValid: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  'session.hello': fc.record({ contractVersion: fc.constantFrom(CONTRACT_VERSION, CONTRACT_VERSION + 1, 0) }),
  'updates.watch': fc.record({ subscription: id }),
  'updates.acknowledge': fc.record({ subscription: id, seq: fc.integer({ min: -1, max: 3 }) }),
  'updates.interest': fc.record({
    subscription: id,
    visible: fc.boolean(),
    hosts: orNull(fc.array(id, { maxLength: 4 })),
  }),
  'logs.read': fc.record({
    stream: id,
    hostId: id,
    containerId,
    follow: fc.boolean(),
    tail: orNull(around(0, 100_000)),
    after: orNull(instant),
    credit: around(1, 10_000),
  }),
  'logs.credit': fc.record({ stream: id, lines: around(1, 10_000) }),
  'hosts.list': none,
  'hosts.identities': none,
  'hosts.aliases': none,
  'hosts.connection': onlyId,
  'hosts.test': fc.record({ trial: id, target: text(2_048), identityFiles: files }),
  'hosts.add': fc.record({ target: text(2_048), name: orNull(text(64)), identityFiles: files }),
  'hosts.rename': fc.record({ id, name: orNull(text(64)) }),
  'hosts.remove': onlyId,
  'hosts.restore': onlyId,
  'hosts.setMode': fc.record({ id, mode: fc.constantFrom('observe', 'operate', 'admin') }),
  'hosts.retry': onlyId,
  'questions.answer': fc.record({
    id,
    answer: fc.oneof(
      fc.record({ kind: fc.constant('hostKey'), accept: fc.boolean() }),
      fc.record({ kind: fc.constant('passphrase'), passphrase: orNull(text(1_024)), remember: fc.boolean() }),
      fc.record({ kind: fc.constant('password'), password: orNull(text(1_024)), remember: fc.boolean() }),
      fc.record({ kind: fc.constant('challenge'), answers: orNull(fc.array(text(1_024), { maxLength: 17 })) }),
    ),
  }),
  'settings.change': fc.record(
    {
      theme: fc.constantFrom('system', 'day', 'night', 'dark'),
      refreshSeconds: around(2, 3_600),
      sampleSeconds: around(1, 3_600),
      secretMinutes: around(0, 10_080),
    },
    { requiredKeys: [] },
  ),
  'settings.places': none,
  'settings.forgetSecrets': none,
  'actions.plan': fc.oneof(
    fc.record({ action: containerAction, hostId: id, containerId }),
    fc.record({ action: fc.constantFrom('app.restart', 'app.stop', 'container.remove'), hostId: id, app: text(512) }),
  ),
  'actions.run': fc.record({ plan: id, reason: orNull(text(500)) }),
  'actions.cancel': fc.record({ run: id }),
  'actions.unlock': fc.record({ hostId: id, containerId, action: lockedAction, reason: text(500) }),
  'actions.lock': fc.record({ hostId: id, containerId, action: lockedAction }),
  'actions.protect': fc.record({ hostId: id, app: text(512), service: text(512), protect: fc.boolean() }),
  'timeline.read': fc.record({ hostId: id, app: text(512) }),
  'journal.read': fc.record({ filter, before: orNull(around(1, 1_000)), limit: around(1, 500) }),
  'journal.verify': none,
  'journal.export': fc.record({ filter }),
  'journal.setAside': none,
};

const junk: fc.Arbitrary<unknown> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withNullPrototype: true }),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom<unknown>(
      ...[undefined, null, true, 0, -0, -1, 1.5, 1e308, Number.NaN, Number.MAX_SAFE_INTEGER + 2, 10n ** 30n],
      ...['', 'x', uuid(1), uuid(1).toUpperCase(), 'container.start', 'x'.repeat(50_000), 'A'.repeat(64)],
      ...PROTOTYPE_NAMES,
      ...[[], {}, [[]], [uuid(1)], Array(5_000).fill(0), new Date(Number.NaN), /x/, new Set([1])],
    ),
  },
);

/** An input that is nearly `near`: with a member left out, spoilt or added, at any depth; or something else altogether. */
export function spoilt(near: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 4, arbitrary: near },
    { weight: 5, arbitrary: near.chain(changed) },
    { weight: 1, arbitrary: junk },
  );
}

function changed(value: unknown): fc.Arbitrary<unknown> {
  if (typeof value !== 'object' || value === null) return junk;
  const names = Object.keys(value);
  const within = names.map((name) =>
    changed((value as Readonly<Record<string, unknown>>)[name]).map((part) => put(value, name, part)),
  );
  const added = fc.tuple(fc.oneof(fc.constantFrom(...PROTOTYPE_NAMES), fc.string()), junk);
  return fc.oneof(
    { weight: 1, arbitrary: junk },
    { weight: 2, arbitrary: added.map(([name, part]) => put(value, name, part)) },
    ...within.map((arbitrary) => ({ weight: 2, arbitrary })),
    ...names.map((name) => ({
      weight: 1,
      arbitrary: fc.constant(Object.fromEntries(Object.entries(value).filter(([other]) => other !== name))),
    })),
  );
}

/** With one member more or another, under whatever name: an assignment to `__proto__` would make none. */
function put(value: object, name: string, part: unknown): unknown {
  const copy: object = Array.isArray(value) ? [...value] : { ...value };
  return Object.defineProperty(copy, name, { value: part, enumerable: true, configurable: true, writable: true });
}
