import fc from 'fast-check';
import { expect, it } from 'vitest';
import { manualClock, settled } from '../kernel/clock.fixture.ts';
import { AppError, abortError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { hopOf, nobody } from './hop.fixture.ts';
import type { Hop } from './hop.ts';
import { type HopLogin, logInThrough } from './hop-chain.ts';
import { createHopPool } from './hop-pool.ts';
import { type FakeJump, fakeJump } from './jump.fixture.ts';

const [near, far, host] = [hopOf({ host: 'near' }), hopOf({ host: 'far' }), hopOf({ host: 'host' })];
/** Two hosts behind one machine, two behind two, and one that needs none. */
const ROUTES: readonly (readonly Hop[])[] = [[near, host], [near, far, host], [far, near, host], [host]];

const STEPS = [
  'connect',
  'wish',
  'succeed',
  'fail',
  'refuse',
  'cancel',
  'leave',
  'lose',
  'silence',
  'doubt',
  'wait',
] as const;
/** What happens, and to which of those to whom it can happen. */
const aStep = fc.record({
  what: fc.constantFrom(
    ...STEPS,
    'connect' as const,
    'connect' as const,
    'succeed' as const,
    'succeed' as const,
    'succeed' as const,
  ),
  which: fc.nat({ max: 30 }),
});

interface Login {
  readonly name: string;
  readonly connection: FakeJump;
  readonly through: FakeJump | null;
  readonly isJump: boolean;
  state: 'open' | 'succeeded' | 'failed';
  succeed(): void;
  fail(why: AppError): void;
}

/** Hosts that connect through machines on the way, of which nothing is real but the pool and the chain. */
class Fleet {
  readonly clock = manualClock(0);
  readonly pool = createHopPool({ clock: this.clock });
  readonly logins: Login[] = [];
  readonly connects: { readonly stop: AbortController; settled: boolean }[] = [];
  readonly faults: string[] = [];
  /** Logins to machines on the way that were refused last, and whether a person has asked for another try since. */
  readonly #refused = new Map<string, { isLifted: boolean }>();
  readonly #unfit = new Set<FakeJump>();

  /** @returns whether it has to fail without a login: what it goes through first was refused, and nobody has wished for more */
  connect(route: readonly Hop[], isWished: boolean): boolean {
    const names = route.slice(0, -1).map((hop, index) => `${route[index - 1]?.host ?? ''}>${hop.host}`);
    for (const name of isWished ? names : []) {
      const refused = this.#refused.get(name);
      if (refused !== undefined) refused.isLifted = true;
    }
    const others = [...this.underWay(), ...this.standing(true)];
    const isShut =
      this.#refused.get(names[0] ?? '')?.isLifted === false && others.every(({ name }) => !names.includes(name));
    const stop = new AbortController();
    const entry = { stop, settled: false };
    this.connects.push(entry);
    const { clock, pool: hops } = this;
    const options = {
      prompts: nobody,
      hops,
      mode: () => 'observe' as const,
      clock,
      onEvent: () => {},
      hosts: () => 1,
      isWished,
    };
    const settle = () => {
      entry.settled = true;
    };
    logInThrough(route, false, { ...options, signal: stop.signal }, this.#login).then(settle, settle);
    return isShut;
  }

  standing(isJump?: boolean): Login[] {
    return this.logins.filter(
      (login) =>
        login.state === 'succeeded' && !login.connection.isClosed && (isJump === undefined || login.isJump === isJump),
    );
  }

  underWay(): Login[] {
    return this.logins.filter(({ state }) => state === 'open');
  }

  silence(connection: FakeJump): void {
    connection.silentForMs = limits.ssh.openChannelMs;
    this.#unfit.add(connection);
  }

  doubt(): void {
    this.pool.doubt();
    for (const { connection } of this.standing(true)) this.#unfit.add(connection);
  }

  readonly #login: HopLogin = ({ hop, isJump, through: over, signal }) => {
    const { promise, resolve, reject } = Promise.withResolvers<FakeJump>();
    const connection = fakeJump(hop);
    const refusals = this.#refused;
    const through = over as FakeJump | null;
    const name = `${through?.hop.host ?? ''}>${hop.host}`;
    // Who has a lease may find out that its connection is unfit; it is never given one that was known to be.
    if (through !== null && this.#unfit.has(through)) this.faults.push(`${name} over what was unfit`);
    const same = this.underWay().find((other) => isJump && other.name === name && other.through === through);
    if (same !== undefined) this.faults.push(`${name} twice at once`);
    if (isJump && refusals.get(name)?.isLifted === false) this.faults.push(`${name} again, unasked`);
    const login: Login = {
      name,
      connection,
      through,
      isJump,
      state: 'open',
      succeed() {
        if (login.state === 'open') {
          login.state = 'succeeded';
          refusals.delete(name);
        }
        resolve(connection);
      },
      fail(why) {
        if (login.state === 'open') {
          login.state = 'failed';
          if (why.code === 'AUTH_FAILED' && isJump) refusals.set(name, { isLifted: false });
        }
        reject(why);
      },
    };
    this.logins.push(login);
    const giveUp = () => login.fail(abortError(signal));
    signal.addEventListener('abort', giveUp);
    if (signal.aborted) giveUp();
    // What goes through another ends with it.
    void through?.closed.then((why) => {
      login.fail(why ?? new AppError('CONNECTION_LOST', 'It was closed.'));
      connection.lose();
    });
    return promise;
  };
}

interface Step {
  readonly what: (typeof STEPS)[number];
  readonly which: number;
}

/** @returns whether somebody was kept from a login that had been refused */
async function live(fleet: Fleet, { what, which }: Step): Promise<boolean> {
  const pick = <T>(from: readonly T[]): T | undefined => from[which % Math.max(1, from.length)];
  const refused = new AppError('AUTH_FAILED', 'It did not let us in.');
  const away = new AppError('CONNECT_REFUSED', 'It is not there.');
  let wasKept = false;
  if (what === 'connect' || what === 'wish') {
    const before = fleet.logins.length;
    const isShut = fleet.connect(pick(ROUTES) ?? [host], what === 'wish');
    await settled();
    wasKept = isShut && fleet.logins.length === before && fleet.connects.at(-1)?.settled === true;
    if (isShut && !wasKept) fleet.faults.push('a refusal was not shared');
  }
  if (what === 'succeed') pick(fleet.underWay())?.succeed();
  if (what === 'fail') pick(fleet.underWay())?.fail(away);
  if (what === 'refuse') pick(fleet.underWay())?.fail(refused);
  if (what === 'cancel') pick(fleet.connects.filter((each) => !each.settled))?.stop.abort();
  if (what === 'leave') await pick(fleet.standing(false))?.connection[Symbol.asyncDispose]();
  if (what === 'lose') pick(fleet.standing())?.connection.lose();
  if (what === 'doubt') fleet.doubt();
  if (what === 'wait') await fleet.clock.advance(which * 1_000);
  const quiet = what === 'silence' ? pick(fleet.standing(true)) : undefined;
  if (quiet !== undefined) fleet.silence(quiet.connection);
  return wasKept;
}

it('shares nothing unfit, logs in never twice at once nor again unasked, leaks nothing, leaves nobody waiting', async () => {
  const seen = { shared: 0, given: 0, closed: 0, kept: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(aStep, { minLength: 10, maxLength: 60, size: 'max' }), async (steps) => {
      const fleet = new Fleet();
      for (const step of steps) {
        if (await live(fleet, step)) seen.kept += 1;
        await settled();
        seen.shared += fleet.standing(true).filter(({ connection }) => connection.sharedBy > 1).length;
      }
      // Everything comes to its end: logins succeed, hosts leave, and the time of lingering passes.
      for (let turn = 0; fleet.underWay().length > 0 && turn < 100; turn += 1) {
        for (const login of fleet.underWay()) login.succeed();
        await settled();
      }
      const waiting = fleet.connects.filter((each) => !each.settled).length;
      for (const { connection } of fleet.standing(false)) await connection[Symbol.asyncDispose]();
      await settled();
      const uses = fleet.standing(true).map(({ name, connection }) => [name, connection.sharedBy]);
      // One after the other: nobody needs the first of two until the second is closed.
      await fleet.clock.advance(limits.ssh.jumpLingerMs * 3);
      const left = fleet.standing().map(({ name }) => name);
      seen.given += fleet.connects.length;
      seen.closed += fleet.logins.filter(({ isJump, connection }) => isJump && connection.isClosed).length;
      expect([fleet.faults, waiting, uses.filter(([, hosts]) => hosts !== 0), left, fleet.clock.sleeping()]).toEqual([
        [],
        0,
        [],
        [],
        [],
      ]);
      await fleet.pool[Symbol.asyncDispose]();
    }),
    { numRuns: 300 },
  );
  // It has lived through what it is about.
  expect(Math.min(seen.shared, seen.given, seen.closed)).toBeGreaterThan(100);
  // Chance gives about 140.
  expect(seen.kept).toBeGreaterThan(40);
}, 60_000);
