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

const STEPS = ['connect', 'succeed', 'fail', 'cancel', 'leave', 'lose', 'silence', 'doubt', 'wait'] as const;
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
  readonly #unfit = new Set<FakeJump>();

  connect(route: readonly Hop[]): void {
    const stop = new AbortController();
    const entry = { stop, settled: false };
    this.connects.push(entry);
    const { clock, pool: hops } = this;
    const options = { prompts: nobody, hops, mode: () => 'observe' as const, clock, onEvent: () => {}, hosts: () => 1 };
    const settle = () => {
      entry.settled = true;
    };
    logInThrough(route, false, { ...options, signal: stop.signal }, this.#login).then(settle, settle);
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
    const through = over as FakeJump | null;
    const name = `${through?.hop.host ?? ''}>${hop.host}`;
    // Who has a lease may find out that its connection is unfit; it is never given one that was known to be.
    if (through !== null && this.#unfit.has(through)) this.faults.push(`${name} over what was unfit`);
    const same = this.underWay().find((other) => isJump && other.name === name && other.through === through);
    if (same !== undefined) this.faults.push(`${name} twice at once`);
    const login: Login = {
      name,
      connection,
      through,
      isJump,
      state: 'open',
      succeed() {
        if (login.state === 'open') login.state = 'succeeded';
        resolve(connection);
      },
      fail(why) {
        if (login.state === 'open') login.state = 'failed';
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

async function live(fleet: Fleet, { what, which }: { what: (typeof STEPS)[number]; which: number }): Promise<void> {
  const pick = <T>(from: readonly T[]): T | undefined => from[which % Math.max(1, from.length)];
  const refused = new AppError('AUTH_FAILED', 'It did not let us in.');
  if (what === 'connect') fleet.connect(pick(ROUTES) ?? [host]);
  if (what === 'succeed') pick(fleet.underWay())?.succeed();
  if (what === 'fail') pick(fleet.underWay())?.fail(refused);
  if (what === 'cancel') pick(fleet.connects.filter((each) => !each.settled))?.stop.abort();
  if (what === 'leave') await pick(fleet.standing(false))?.connection[Symbol.asyncDispose]();
  if (what === 'lose') pick(fleet.standing())?.connection.lose();
  if (what === 'doubt') fleet.doubt();
  if (what === 'wait') await fleet.clock.advance(which * 1_000);
  const quiet = what === 'silence' ? pick(fleet.standing(true)) : undefined;
  if (quiet !== undefined) fleet.silence(quiet.connection);
}

it('never shares what is unfit, never logs in twice at once, leaks nothing and leaves nobody waiting', async () => {
  const seen = { shared: 0, given: 0, closed: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(aStep, { minLength: 10, maxLength: 60, size: 'max' }), async (steps) => {
      const fleet = new Fleet();
      for (const step of steps) {
        await live(fleet, step);
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
}, 60_000);
