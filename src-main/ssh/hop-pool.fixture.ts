import type { ErrorCode } from '#contract/errors.ts';
import { manualClock, settled } from '../kernel/clock.fixture.ts';
import { AppError } from '../kernel/errors.ts';
import { hopOf, nobody } from './hop.fixture.ts';
import { createHopPool } from './hop-pool.ts';
import { type FakeJump, fakeJump } from './jump.fixture.ts';
import type { JumpAsker, JumpLease } from './shared-jump.ts';

export const bastion = hopOf({ host: 'bastion' });

/** A pool whose logins are settled by the test, in the order in which they were begun. */
export function pooled() {
  const clock = manualClock(0);
  const opened: string[] = [];
  const pool = createHopPool({ clock, onOpen: ({ host }) => opened.push(host) });
  const logins: {
    asker: JumpAsker;
    done: FakeJump;
    succeed(): void;
    fail(code?: ErrorCode, details?: Record<string, unknown>): void;
  }[] = [];
  const ask = ({ chain = [bastion], signal = new AbortController().signal, ...rest }: Asked = {}): Promise<JumpLease> =>
    pool.lease(
      chain,
      { prompts: nobody, signal, onEvent: () => {}, hosts: () => 1, isWished: false, ...rest },
      (asker) => {
        const { promise, resolve, reject } = Promise.withResolvers<FakeJump>();
        const done = fakeJump(chain.at(-1) ?? bastion);
        logins.push({
          asker,
          done,
          succeed: () => resolve(done),
          fail: (code = 'CONNECT_REFUSED', details = {}) => reject(new AppError(code, 'It did not.', { details })),
        });
        return promise;
      },
    );
  const login = async (index: number) => {
    await settled();
    const found = logins[index];
    if (found === undefined) throw new Error(`there is no login ${index}`);
    return found;
  };
  /** A lease of a connection that stands. */
  const stand = async (asked: Asked = {}): Promise<{ lease: JumpLease; connection: FakeJump }> => {
    const index = logins.length;
    const asking = ask(asked);
    const { succeed, done } = await login(index);
    succeed();
    return { lease: await asking, connection: done };
  };
  return { clock, pool, ask, login, stand, begun: () => logins.length, opened };
}

type Asked = Partial<JumpAsker> & { chain?: (typeof bastion)[] };
