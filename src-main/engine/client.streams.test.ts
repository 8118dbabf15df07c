import type { ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { AppError } from '../kernel/errors.ts';
import { never, type Others, withEngine } from './client.fixture.ts';

const ID = 'a'.repeat(64);

const event = (action: string, time: number) =>
  JSON.stringify({ Type: 'container', Action: action, Actor: { ID }, timeNano: time * 1_000_000 });

test('events come as they happen; an abort ends a quiet stream, and a hang-up throws', async () => {
  let stream: ServerResponse | undefined;
  const others: Others = (_question, answer) => {
    stream = answer;
    answer.write(`${event('start', 1)}\n`);
  };
  await withEngine(others, async (client) => {
    const stop = new AbortController();
    const events = (await client.events(0, stop.signal))[Symbol.asyncIterator]();
    expect((await events.next()).value).toMatchObject({ action: 'start', at: 1 });
    const next = events.next();
    stream?.write(`${event('start', 1)}\n${event('die', 2)}\n`);
    expect((await next).value).toMatchObject({ action: 'die', at: 2 });
    const quiet = events.next();
    stop.abort();
    await expect(quiet).rejects.toMatchObject({ code: 'CANCELLED' });

    const again = (await client.events(0, never))[Symbol.asyncIterator]();
    const broken = again.next();
    await pause(20);
    stream?.destroy();
    // Its first event is the one told before the abort: dropped, so the break is what comes first.
    await expect(broken).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' });
  });
});

test('a line that is no event is told, and neither ends the stream nor is in the way when it is opened again', async () => {
  const others: Others = (_question, answer) => {
    answer.end(`{"Type":"container","Action":5}\n${event('start', 1)}\n`);
  };
  await withEngine(others, async (client) => {
    const problems: AppError[] = [];
    const read = async () => {
      const events = await client.events(0, never, (problem) => problems.push(problem));
      return (await Array.fromAsync(events)).map(({ action }) => action);
    };
    expect([await read(), await read(), problems.map(({ code }) => code)]).toEqual([
      ['start'],
      [],
      ['ENGINE_ANSWER_INVALID', 'ENGINE_ANSWER_INVALID'],
    ]);
  });
});

test('no moment keeps events or logs from being asked for: what the gate cannot send is brought to what it can', async () => {
  const asked: string[] = [];
  const others: Others = (question, answer) => {
    asked.push(/since=([^&]*)/.exec(question.url ?? '')?.[1] ?? '');
    answer.end();
  };
  await withEngine(others, async (client) => {
    const year9999 = Date.UTC(9999, 0);
    for (const since of [-5_000, 0, year9999]) {
      await Array.fromAsync(await client.events(since, never));
      await Array.fromAsync(await client.logs(ID, { follow: false, tail: 1, since, tty: true }, never));
    }
    const now = Date.now() / 1000 + client.clockOffsetMs / 1000;
    expect([asked.toSpliced(4, 1), Math.abs(Number(asked[4]) - now) < 5]).toEqual([
      ['0', '0', '0', '0', '9999999999'],
      true,
    ]);
  });
});

test('a log comes line by line, and ends with the loop that reads it', async () => {
  const closed = Promise.withResolvers<void>();
  const others: Others = (question, answer) => {
    question.socket.on('close', closed.resolve);
    const text = Buffer.from('2026-01-01T00:00:00.000000001Z hello\n');
    const header = Buffer.alloc(8);
    header[0] = 1;
    header.writeUInt32BE(text.length, 4);
    answer.write(Buffer.concat([header, text]));
  };
  await withEngine(others, async (client) => {
    const options = { follow: true, tail: 'all', since: null, tty: false } as const;
    for await (const lines of await client.logs(ID, options, never)) {
      expect(lines).toEqual([{ stream: 'stdout', time: '2026-01-01T00:00:00.000000001Z', text: 'hello', cut: false }]);
      break;
    }
    await closed.promise;
  });
});
