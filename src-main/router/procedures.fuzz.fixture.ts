import fc from 'fast-check';
import { expect } from 'vitest';
import { CONTRACT_VERSION } from '#contract/version.ts';
import { limits } from '../kernel/limits.ts';
import type { FakeCarrier } from './carriers.fixture.ts';
import { contractEntries } from './contract-entries.fixture.ts';
import { nearValid, spoilt } from './near-valid.fixture.ts';
import { type Answer, type Body, encoded, RawPage, read } from './raw-page.fixture.ts';
import { type DomainCall, recorded } from './recorded-services.fixture.ts';
import { createRouter, type Router } from './router.ts';
import { aContainer, aHost, aLogLine, type FakeServices, fakeServices, uuid } from './services.fixture.ts';

/** A core whose domains tell what reaches them, and windows that send it anything. */
export class FuzzedCore implements Disposable {
  readonly services: FakeServices = fakeServices();
  readonly router: Router;
  /** What reached a domain since it was last looked at; what is sampled is of no one call. */
  #reached: DomainCall[] = [];
  readonly #carrier: FakeCarrier;

  constructor(carrier: FakeCarrier) {
    this.#carrier = carrier;
    this.services.fleet.put({ host: aHost(uuid(1)), containers: [{ app: 'shop', container: aContainer(1) }] });
    // One that ends: what credit does to an endless one is another test.
    this.services.fleet.logs = async () => lines();
    this.router = createRouter(recorded(this.services, (call) => this.#reached.push(call)));
  }

  open(): Promise<RawPage> {
    return RawPage.open(this.#carrier, this.router);
  }

  /** A page that has said hello, and has one subscription. */
  async openPolite(): Promise<RawPage> {
    const page = await this.open();
    await page.hello();
    await page.call('/updates/watch', encoded({ subscription: uuid(1) }), { stay: true });
    return page;
  }

  /** What has reached a domain since this was last asked; fails where it is nothing its entry takes. */
  reached(): readonly DomainCall[] {
    const calls = this.#reached;
    this.#reached = [];
    for (const { path, input } of calls) {
      const schema = contractEntries.get(path);
      if (schema) expect([path, schema.parse(input)]).toEqual([path, input]);
    }
    // What is to be sampled follows from all windows together, whoever is answered meanwhile.
    return calls.filter(({ path }) => path !== 'updates.interest');
  }

  [Symbol.dispose](): void {
    this.router[Symbol.dispose]();
  }
}

async function* lines() {
  yield [aLogLine('one'), aLogLine('two')];
}

/** What may stand in a body instead of oRPC's list of places. */
const junkMeta = fc.oneof(
  fc.constant([]),
  fc.array(
    fc.tuple(
      fc.integer({ min: -1, max: 9 }),
      fc.constantFrom<unknown>('__proto__', 'constructor', 'hostId', 'id', 'filter', 0, null, {}),
    ),
    { minLength: 1, maxLength: 2 },
  ),
  fc.constantFrom<unknown[]>([[0]], [[6]], [[7]], [7], [null], ['x'], [[1, '__proto__', 'polluted']], [[]]),
);

/** Nearly what `path` takes, or anything at all, as it goes over the wire. */
function bodies(path: string): fc.Arbitrary<Body> {
  const near = nearValid[path];
  if (near === undefined) throw new Error(`Nobody has said what ${path} takes.`);
  const meant = spoilt(near).map(encoded);
  const odd = fc.tuple(meant, junkMeta).map(([{ json, meta }, more]) => ({ json, meta: [...meta, ...more] }));
  return fc.oneof({ weight: 9, arbitrary: meant }, { weight: 1, arbitrary: odd }).filter(isShort);
}

/** A longer message ends the connection, which is another test. */
const isShort = (body: Body) => JSON.stringify(body).length < limits.router.messageChars - 500;

const urlOf = (path: string) => `/${path.replaceAll('.', '/')}`;

/**
 * Sends an entry what it takes, nearly takes, and anything: every call has to be answered, as the contract has it, and a
 * domain is reached by what the schema takes, and by nothing else.
 *
 * @returns how many calls the schema took, how many it refused, and how many reached a domain
 */
export async function fuzzEntry(core: FuzzedCore, page: RawPage, path: string, numRuns: number) {
  const schema = contractEntries.get(path) ?? null;
  const counts = { taken: 0, refused: 0, reached: 0 };
  await fc.assert(
    fc.asyncProperty(bodies(path), async (body) => {
      core.reached();
      const answer = await page.call(urlOf(path), body);
      const given = read(body);
      const isTaken = given !== 'unreadable' && (schema === null || schema.safeParse(given.value).success);
      const reached = core.reached();
      counts[isTaken ? 'taken' : 'refused'] += 1;
      counts.reached += reached.length;
      expect(reached.map((call) => call.path)).toEqual(reached.length === 0 ? [] : [path]);
      expect(answer).not.toBe('INTERNAL');
      if (!isTaken) expect([answer, reached]).toEqual(['REQUEST_INVALID', []]);
      else if (schema !== null && reached[0] !== undefined) {
        expect(domainsPart(path, reached[0].input)).toEqual(domainsPart(path, schema.parse(given.value)));
      }
    }),
    { numRuns },
  );
  return counts;
}

/** Of an input, what a domain is told: all but what is between a window and the router. */
function domainsPart(path: string, input: unknown): unknown {
  if (path !== 'logs.read') return input;
  const { stream: _stream, credit: _credit, ...rest } = input as Readonly<Record<string, unknown>>;
  return rest;
}

/** The same before the handshake: nothing gets through. */
export async function fuzzStranger(core: FuzzedCore, page: RawPage, path: string, numRuns: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(bodies(path), async (body) => {
      const given = read(body);
      fc.pre(path !== 'session.hello' || !isHello(given));
      const answer = await page.call(urlOf(path), body);
      const refusals: readonly Answer[] = ['CONTRACT_MISMATCH', 'REQUEST_INVALID'];
      expect([refusals.includes(answer), core.reached()]).toEqual([true, []]);
    }),
    { numRuns },
  );
}

function isHello(given: ReturnType<typeof read>): boolean {
  const parsed = given === 'unreadable' ? null : contractEntries.get('session.hello')?.safeParse(given.value);
  return parsed?.success === true && (parsed.data as { contractVersion: number }).contractVersion === CONTRACT_VERSION;
}

/** Something like an address of an entry, made of what a message may carry. */
const urls = fc.oneof(
  fc.stringMatching(/^\/[\w.~%/-]{1,40}$/),
  fc
    .tuple(
      fc.constantFrom(...contractEntries.keys()),
      fc.constantFrom('', '/', '/call', '/__proto__', '/constructor', '/..', '%2e%2e', '%00', '%zz', '%2F', '.', '/~/'),
      fc.constantFrom('', '/', '/__proto__', '/constructor/..', '/x/..', '/.', '/%2e'),
    )
    .map(([path, after, before]) => `${before}${urlOf(path)}${after}`),
  fc
    .constantFrom(...contractEntries.keys())
    .map((path) => urlOf(path).replace(/[aeiou]/, (letter) => `%${letter.charCodeAt(0).toString(16)}`)),
  fc.constantFrom(...contractEntries.keys()).map((path) => urlOf(path).toUpperCase()),
);

/** Addresses that lead nowhere, and those that lead to an entry by a detour: none reaches another than it names. */
export async function fuzzAddresses(core: FuzzedCore, page: RawPage, numRuns: number): Promise<void> {
  const entries = new Map([...contractEntries.keys()].map((path) => [urlOf(path), path]));
  await fc.assert(
    fc.asyncProperty(
      urls.chain((url) => {
        // As any server reads an address: dots resolved, and one slash more at its end for nothing.
        const path = entries.get(new URL(`http://core${url}`).pathname.replace(/\/$/, ''));
        return fc.tuple(fc.constant({ url, path }), bodies(path ?? 'hosts.remove'));
      }),
      async ([{ url, path }, body]) => {
        core.reached();
        const answer = await page.call(url, body);
        const reached = core.reached();
        expect(reached.filter((call) => call.path !== path)).toEqual([]);
        if (path === undefined) expect(answer).toBe('REQUEST_INVALID');
      },
    ),
    { numRuns },
  );
}
