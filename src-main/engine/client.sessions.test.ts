import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { systemClock } from '../kernel/clock.ts';
import type { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { never } from './client.fixture.ts';
import { fakeConnection, limitedSessions } from './connection.fixture.ts';
import { wasNotSent } from './errors.ts';
import { likeDocker, startFakeEngine } from './fake-engine.fixture.ts';
import { type HostLink, type LinkOptions, openLink } from './link.ts';
import type { EngineEvent } from './model.ts';

const ID = 'a'.repeat(64);
const LOGS = { follow: true, tail: 10, since: null, tty: true } as const;
const STOP = { containerId: ID, graceSeconds: 10 };

function eventLine(action: string, at: number): string {
  return `${JSON.stringify({ Type: 'container', Action: action, Actor: { ID, Attributes: {} }, time: Math.floor(at / 1000), timeNano: at * 1_000_000 })}\n`;
}

interface Host {
  readonly link: HostLink;
  readonly sshd: ReturnType<typeof limitedSessions>;
  readonly asked: readonly string[];
  /** Lets the changes under way be done. */
  readonly finishChanges: () => void;
  readonly happened: string[];
}

/** An engine reached by `docker system dial-stdio`, through an sshd with this MaxSessions. */
async function withSessions(most: number, use: (host: Host) => Promise<void>): Promise<void> {
  const asked: string[] = [];
  const happened: string[] = [];
  const changes: (() => void)[] = [];
  await using engine = await startFakeEngine(
    likeDocker((question, answer) => {
      const path = question.url ?? '';
      asked.push(path);
      if (path.includes('/events')) {
        answer.flushHeaders();
        for (const line of happened) answer.write(line);
        if (path.includes('until=')) answer.end();
      } else if (path.includes('/logs')) answer.write('a line\n');
      else if (question.method === 'POST') changes.push(() => answer.writeHead(204).end());
      else if (path.includes('/stats')) {
        const sample = JSON.stringify({ read: '2026-01-01T00:00:00Z', cpu_stats: { cpu_usage: { total_usage: 1 } } });
        setTimeout(() => answer.end(sample), 10);
      } else answer.end('[]');
    }),
  );
  const sshd = limitedSessions(most, (signal) => engine.channels.open(signal));
  const connection = fakeConnection({ openCommand: sshd.openCommand });
  const address = { kind: 'socket', path: null, via: 'dial-stdio' } as const;
  const options: LinkOptions = { mode: () => 'operate', signal: never, clock: systemClock };
  await using link = await openLink(connection, address, options);
  const finishChanges = () => {
    for (const finish of changes.splice(0)) finish();
  };
  await use({ link, sshd, asked, finishChanges, happened });
}

const codeOf = (error: AppError) => error.code;

/** Opens logs until one is refused. */
async function openLogs({ link }: Host, signal: AbortSignal): Promise<{ open: number; refusal: string }> {
  for (let open = 0; ; open += 1) {
    try {
      const lines = await link.client.logs(ID, LOGS, signal);
      void Array.fromAsync(lines).catch(() => {});
    } catch (error) {
      return { open, refusal: (error as AppError).code };
    }
  }
}

test('as many as ten: two for short requests, one for events, five logs and a change, and not one more', async () => {
  await withSessions(10, async (host) => {
    const { link, sshd, finishChanges } = host;
    const closing = new AbortController();
    const events = await link.client.events(Date.now(), closing.signal);
    void Array.fromAsync(events).catch(() => {});
    const logs = await openLogs(host, closing.signal);
    expect(logs).toEqual({ open: limits.engine.stdioStreams, refusal: 'CHANNELS_EXHAUSTED' });

    const changes = [link.client.change('stop', STOP, never), link.client.change('stop', STOP, never)];
    const third = await link.client.change('stop', STOP, never).catch((error: AppError) => error);
    expect([third instanceof Error && third.code, third instanceof Error && wasNotSent(third)]).toEqual([
      'CHANNELS_EXHAUSTED',
      true,
    ]);
    // Reads go on beside changes that take their time.
    const reads = await Promise.all(Array.from({ length: 40 }, () => link.client.networks(never)));
    expect([reads.length, sshd.peak() <= 10]).toEqual([40, true]);
    await vi.waitFor(() => expect(sshd.sessions()).toBe(limits.engine.stdioSessions));
    finishChanges();
    expect(await Promise.all(changes)).toEqual(['done', 'done']);
    expect(link.report().channels).toMatchObject({ most: limits.engine.stdioSessions, refused: 0 });
    closing.abort();
    await vi.waitFor(async () => expect((await openLogs(host, AbortSignal.timeout(100))).open).toBe(5));
  });
});

describe.each([
  // What sshd opens; what of it can be used at once.
  { sessions: 1, logs: 0, change: 'CHANNELS_EXHAUSTED', streamed: false },
  { sessions: 2, logs: 1, change: 'CHANNELS_EXHAUSTED', streamed: false },
  { sessions: 3, logs: 1, change: 'done', streamed: false },
  { sessions: 4, logs: 1, change: 'done', streamed: true },
  { sessions: 6, logs: 2, change: 'done', streamed: true },
])('where sshd opens $sessions at once', ({ sessions, logs, change, streamed }) => {
  test('everything works that can, and nothing waits for ever', async () => {
    await withSessions(sessions, async (host) => {
      const { link, sshd, happened, asked, finishChanges } = host;
      const closing = new AbortController();
      const told: EngineEvent[] = [];
      happened.push(eventLine('start', Date.now()));
      // As the fleet does it: one stream after another.
      const following = (async () => {
        while (!closing.signal.aborted) {
          const events = await link.client.events(Date.now() - 1_000, closing.signal).catch(() => []);
          try {
            for await (const event of events) told.push(event);
          } catch {}
          await pause(20);
        }
      })();
      await vi.waitFor(() => expect(told.length).toBe(1));

      const samples = Promise.all(Array.from({ length: 20 }, () => link.client.sample(ID, never)));
      const found = await openLogs(host, closing.signal);
      expect([found.refusal, Math.abs(found.open - logs) <= (sessions < 4 ? 0 : 1)]).toEqual([
        'CHANNELS_EXHAUSTED',
        true,
      ]);
      const changing = link.client.change('stop', STOP, never).catch(codeOf);
      const reads = await Promise.all(Array.from({ length: 20 }, () => link.client.list(never)));
      expect([reads.length, (await samples).length]).toEqual([20, 20]);
      await pause(700);
      finishChanges();
      expect(await changing).toBe(change);
      expect(sshd.peak()).toBeLessThanOrEqual(sessions);
      expect(link.report().channels.most).toBeLessThanOrEqual(Math.max(sessions, 1));

      // Events go on, told once each.
      happened.push(eventLine('die', Date.now() + 1));
      if (!streamed) {
        await vi.waitFor(() => expect(told.map(({ action }) => action)).toEqual(['start', 'die']), 4_000);
        expect(asked.some((path) => path.includes('until='))).toBe(true);
      }
      closing.abort();
      await following;
    });
  });
});

test('logs that are closed make room for others at once, although sshd frees them a moment later', async () => {
  await withSessions(4, async ({ link, sshd }) => {
    for (let round = 0; round < 8; round += 1) {
      const closing = new AbortController();
      const lines = await link.client.logs(ID, LOGS, closing.signal);
      for await (const some of lines) if (some.length > 0) break;
      closing.abort();
    }
    expect(sshd.peak()).toBeLessThanOrEqual(4);
  });
});

test('where not one session is left, opening fails for that', async () => {
  const sshd = limitedSessions(0, () => Promise.reject(new Error('not asked for')));
  const connection = fakeConnection({ openCommand: sshd.openCommand });
  const address = { kind: 'socket', path: null, via: 'dial-stdio' } as const;
  const options: LinkOptions = { mode: () => 'observe', signal: never, clock: systemClock };
  await expect(openLink(connection, address, options)).rejects.toMatchObject({ code: 'SESSIONS_EXHAUSTED' });
});
