import { describe, expect, it } from 'vitest';
import { settled } from '../kernel/clock.fixture.ts';
import { InTurn, shared } from './in-turn.ts';

const never = new AbortController().signal;

/** Work that a test ends by hand. */
function byHand() {
  const begun: { readonly signal: AbortSignal; readonly end: (result: number) => void; fail(error: Error): void }[] =
    [];
  const work = (signal: AbortSignal) => {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    begun.push({ signal, end: resolve, fail: reject });
    return promise;
  };
  return { begun, work };
}

describe('shared work', () => {
  it('is done once at a time, and once more for all who asked meanwhile', async () => {
    const { begun, work } = byHand();
    const ask = shared(work);
    const first = ask(never);
    await settled();
    const later = Array.from({ length: 200 }, () => ask(never));
    await settled();
    expect(begun).toHaveLength(1);
    begun[0]?.end(1);
    await settled();
    begun[1]?.end(2);
    expect([await first, new Set(await Promise.all(later)), begun.length]).toEqual([1, new Set([2]), 2]);
  });

  it('goes on when others leave, and is given up when nobody is left', async () => {
    const { begun, work } = byHand();
    const ask = shared(work);
    const [one, other] = [new AbortController(), new AbortController()];
    const asked = Promise.allSettled([ask(one.signal), ask(other.signal)]);
    await settled();
    one.abort();
    await settled();
    const goesOn = begun[0]?.signal.aborted;
    other.abort();
    expect([goesOn, (await asked).map(({ status }) => status), begun[0]?.signal.aborted]).toEqual([
      false,
      ['rejected', 'rejected'],
      true,
    ]);
  });

  it('is not begun for those who have left while they waited, and is for who comes after them', async () => {
    const { begun, work } = byHand();
    const ask = shared(work);
    const first = ask(never);
    await settled();
    const gone = new AbortController();
    const left = expect(ask(gone.signal)).rejects.toMatchObject({ code: 'CANCELLED' });
    gone.abort();
    await left;
    const after = ask(never);
    begun[0]?.end(1);
    await first;
    await settled();
    begun[1]?.end(2);
    expect([await after, begun.length]).toEqual([2, 2]);
  });

  it('that failed is begun anew by the next who asks', async () => {
    const { begun, work } = byHand();
    const ask = shared(work);
    const first = expect(ask(never)).rejects.toThrow('torn');
    await settled();
    begun[0]?.fail(new Error('torn'));
    await first;
    const next = ask(never);
    await settled();
    begun[1]?.end(2);
    expect(await next).toBe(2);
    await expect(ask(AbortSignal.abort())).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});

describe('work in turn', () => {
  it('is done one after the other, and no more wait than may', async () => {
    const { begun, work } = byHand();
    const turns = new InTurn(2, 'exports');
    const asked = [turns.take(never, work), turns.take(never, work)];
    await expect(turns.take(never, work)).rejects.toMatchObject({
      code: 'TOO_MANY',
      message: '2 exports are under way or wait already.',
    });
    await settled();
    expect(begun).toHaveLength(1);
    begun[0]?.fail(new Error('full'));
    await expect(asked[0]).rejects.toThrow('full');
    await settled();
    begun[1]?.end(2);
    expect(await asked[1]).toBe(2);
    const next = turns.take(never, async () => 3);
    expect(await next).toBe(3);
  });

  it('is not begun for who has left', async () => {
    const { begun, work } = byHand();
    const turns = new InTurn(2, 'exports');
    const gone = new AbortController();
    const first = turns.take(never, work);
    const left = expect(turns.take(gone.signal, work)).rejects.toMatchObject({ code: 'CANCELLED' });
    gone.abort();
    await settled();
    begun[0]?.end(1);
    await Promise.all([first, left]);
    expect(begun).toHaveLength(1);
  });
});
