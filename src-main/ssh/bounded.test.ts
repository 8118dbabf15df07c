import { describe, expect, it } from 'vitest';
import { systemClock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { bounded, orAborted } from './bounded.ts';

const never = new AbortController().signal;
const late = () => new AppError('TIMEOUT', 'Late.');

describe('bounded', () => {
  it('gives back what the work brings, and leaves no timer', async () => {
    let stopped = false;
    const clock = {
      ...systemClock,
      sleep: (ms: number, signal?: AbortSignal) => {
        signal?.addEventListener('abort', () => {
          stopped = true;
        });
        return systemClock.sleep(ms, signal);
      },
    };
    expect(await bounded({ clock, ms: 60_000, signals: [never], late }, async () => 'done')).toBe('done');
    expect(stopped).toBe(true);
  });

  it('ends in time though the work does not, tells it, and discards what it brings later', async () => {
    const work = Promise.withResolvers<string>();
    const discarded: string[] = [];
    let told: unknown = null;
    const bounds = {
      clock: systemClock,
      ms: 20,
      signals: [never],
      late,
      discard: (text: string) => discarded.push(text),
    };
    const running = bounded(bounds, (over) => {
      over.addEventListener('abort', () => {
        told = over.reason;
      });
      return work.promise;
    });
    await expect(running).rejects.toMatchObject({ code: 'TIMEOUT', message: 'Late.' });
    work.resolve('a socket');
    await work.promise;
    expect({ discarded, told }).toEqual({
      discarded: ['a socket'],
      told: expect.objectContaining({ code: 'TIMEOUT' }),
    });
  });

  it('does not begin once a signal is aborted', async () => {
    let begun = false;
    const bounds = { clock: systemClock, ms: 20, signals: [never, AbortSignal.abort()], late };
    const running = bounded(bounds, async () => {
      begun = true;
    });
    await expect(running).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(begun).toBe(false);
  });
});

describe('orAborted', () => {
  it('gives up on a promise that does not heed the signal', async () => {
    const stop = new AbortController();
    const waiting = orAborted(stop.signal, new Promise(() => {}));
    stop.abort(new AppError('TIMEOUT', 'Enough.'));
    await expect(waiting).rejects.toMatchObject({ message: 'Enough.' });
    await expect(orAborted(stop.signal, Promise.reject(new Error('later')))).rejects.toMatchObject({
      message: 'Enough.',
    });
  });
});
