import { describe, expect, it } from 'vitest';
import type { LogLine, LogOptions } from '../engine/model.ts';
import { type LogRequest, readContainerLog } from './container-log.ts';
import { batches, fakeEngine } from './engine.fixture.ts';
import { detail } from './facts.fixture.ts';

const { signal } = new AbortController();
const REQUEST: LogRequest = { containerId: 'a', follow: false, tail: null, after: null };
const AFTER = '2027-01-15T08:00:01.123456789Z';

function line(time: string | null, stream: LogLine['stream'] = 'stdout'): LogLine {
  return { stream, time, text: 'x', cut: false };
}

/** An engine with the container `a`, whose log is `lines`; `told`: the options it was asked with. */
function logged(...lines: readonly (readonly LogLine[])[]) {
  const engine = fakeEngine(['a'], () => 0);
  const told: LogOptions[] = [];
  engine.answers.logs = async (_, options) => {
    told.push(options);
    return batches(...lines);
  };
  return { engine, told };
}

async function all(source: AsyncIterable<readonly LogLine[]>): Promise<(readonly LogLine[])[]> {
  return Array.fromAsync(source);
}

describe('readContainerLog', () => {
  it.each<[string, Partial<LogRequest>, Partial<LogOptions>]>([
    ['everything', {}, { follow: false, tail: 'all', since: null }],
    ['the last lines, and follows', { tail: 100, follow: true }, { follow: true, tail: 100, since: null }],
    ['no line that is there', { tail: 0 }, { tail: 0 }],
    // Whole milliseconds, downwards, of the engine's own time.
    ['what came after a time', { after: AFTER }, { since: Date.parse('2027-01-15T08:00:01.123Z') }],
    ['the last of what came after', { after: AFTER, tail: 5 }, { since: Date.parse(AFTER), tail: 5 }],
    ['what came after whole seconds', { after: '2027-01-15T08:00:01Z' }, { since: Date.parse('2027-01-15T08:00:01Z') }],
  ])('asks for %s', async (_, request, options) => {
    const { engine, told } = logged();
    await readContainerLog(engine, { ...REQUEST, ...request }, true, signal);
    expect([told, engine.asked]).toEqual([[expect.objectContaining({ ...options, tty: true })], ['logs a']]);
  });

  it('inspects a container of which it is not known whether it has a terminal', async () => {
    const { engine, told } = logged();
    engine.answers.inspect = async (id) => detail(id, { tty: true });
    await readContainerLog(engine, REQUEST, null, signal);
    expect([told[0]?.tty, engine.asked]).toEqual([true, ['inspect a', 'logs a']]);
  });

  it('fails for a container the engine does not know', async () => {
    const { engine } = logged();
    const reading = readContainerLog(engine, { ...REQUEST, containerId: 'gone' }, null, signal);
    await expect(reading).rejects.toMatchObject({ code: 'ENGINE_NOT_FOUND' });
  });

  it.each(['', 'yesterday', '2027-01-15', '2027-01-15T08:00:99Z'])('refuses %j as a time', async (after) => {
    const { engine } = logged();
    const reading = readContainerLog(engine, { ...REQUEST, after }, true, signal);
    await expect(reading).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
    expect(engine.asked).toEqual([]);
  });

  it('hands on every batch as it comes where there is no bound', async () => {
    const lines = [[line('2027-01-15T08:00:00Z'), line(null)], [line('nonsense')]];
    const { engine } = logged(...lines);
    expect(await all(await readContainerLog(engine, REQUEST, false, signal))).toEqual(lines);
  });

  it.each<[string, string, string, boolean]>([
    ['the same nanosecond', AFTER, AFTER, false],
    ['a nanosecond before', AFTER, '2027-01-15T08:00:01.123456788Z', false],
    ['a nanosecond later', AFTER, '2027-01-15T08:00:01.123456790Z', true],
    ['the same moment in another zone', AFTER, '2027-01-15T10:30:01.123456789+02:30', false],
    ['a later moment in another zone', AFTER, '2027-01-15T10:30:01.123456790+02:30', true],
    ['fewer digits of the same', '2027-01-15T08:00:01.500000000Z', '2027-01-15T08:00:01.5Z', false],
    ['whole seconds of the same', '2027-01-15T08:00:01Z', '2027-01-15T08:00:01.000000000Z', false],
    ['whole seconds before', '2027-01-15T08:00:01.5Z', '2027-01-15T08:00:01Z', false],
    ['more digits than a nanosecond has', '2027-01-15T08:00:01.1234567891Z', '2027-01-15T08:00:01.123456790Z', true],
    ['no time', AFTER, 'nonsense', true],
  ])('with a bound, for %s', async (_, after, time, comes) => {
    const { engine } = logged([line(time)]);
    const shown = await all(await readContainerLog(engine, { ...REQUEST, after }, false, signal));
    expect(shown).toEqual(comes ? [[line(time)]] : []);
  });

  it('with a bound leaves out what was there before, of each stream, and no line without a time', async () => {
    const early = '2027-01-15T08:00:01.123000000Z';
    const late = '2027-01-15T08:00:02.000000000Z';
    const { engine } = logged(
      [line(early), line(AFTER)],
      [line(early, 'stderr'), line(late), line(null)],
      // The clock was set back: these were written later nevertheless.
      [line(early), line(AFTER, 'stderr'), line(late, 'stderr'), line(early, 'stderr')],
    );
    expect(await all(await readContainerLog(engine, { ...REQUEST, after: AFTER }, false, signal))).toEqual([
      [line(late), line(null)],
      [line(early), line(late, 'stderr'), line(early, 'stderr')],
    ]);
  });

  it('with a bound ends at once when the reader leaves, though no line comes', async () => {
    const { engine } = logged();
    const quiet = Promise.withResolvers<IteratorResult<readonly LogLine[]>>();
    const source: AsyncIterableIterator<readonly LogLine[]> = {
      next: () => quiet.promise,
      return: async () => {
        quiet.resolve({ done: true, value: undefined });
        return { done: true, value: undefined };
      },
      [Symbol.asyncIterator]: () => source,
    };
    engine.answers.logs = async () => source;
    const reading = await readContainerLog(engine, { ...REQUEST, after: AFTER, follow: true }, false, signal);
    const iterator = reading[Symbol.asyncIterator]();
    const pending = iterator.next();
    await iterator.return?.();
    expect(await pending).toEqual({ done: true, value: undefined });
  });

  it('with a bound passes on that the stream broke', async () => {
    const { engine } = logged();
    engine.answers.logs = async () =>
      (async function* () {
        yield [line('2027-01-15T08:00:02Z')];
        throw new Error('broken');
      })();
    const reading = await readContainerLog(engine, { ...REQUEST, after: AFTER }, false, signal);
    await expect(all(reading)).rejects.toThrow('broken');
  });
});
