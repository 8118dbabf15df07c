import { get, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { describeLab } from '../../lab/vitest.ts';
import { limits } from '../kernel/limits.ts';
import { readLogLines } from './log-stream.ts';
import type { LogLine } from './model.ts';

const MESSAGE_BYTES = 16 * 1024;

/** Lines of every awkward kind, each under a name of its own; the last has no newline. */
const WRITER = [
  'echo plain',
  'echo',
  `printf 'progress 10 %%\\rprogress 20 %%\\n'`,
  `printf 'ends with return\\r\\n'`,
  `printf 'Gr\\303\\274\\303\\237e \\346\\274\\242 \\360\\237\\247\\255\\n'`,
  `printf 'not UTF-8 \\377 \\303\\n'`,
  `printf '\\033[31mred\\033[0m\\n'`,
  'echo "2026-11-20T23:31:43.123456789Z is the text itself"',
  ...[-1, 0, 1].flatMap((off) => [
    // One multi-byte character across the mark, then exactly up to it, and beyond.
    `yes | tr -d '\\n' | head -c ${MESSAGE_BYTES + off}; echo`,
    `printf '\\303\\274'; yes | tr -d '\\n' | head -c ${2 * MESSAGE_BYTES + off - 2}; echo`,
    `yes | tr -d '\\n' | head -c ${MESSAGE_BYTES + off - 1}; printf '\\303\\274 over the mark\\n'`,
  ]),
  `yes | tr -d '\\n' | head -c 200000; echo ' end of a long line'`,
  'for i in $(seq 300); do echo; done',
  `printf 'unfinished'`,
].join('\n');

describeLab('a log stream of a real engine', (lab) => {
  async function container(script: string, tty: boolean): Promise<string> {
    const name = `log-stream-${crypto.randomUUID()}`;
    onTestFinished(() => lab.removeContainer(name));
    return lab.runContainer({ name, command: ['/bin/sh', '-c', script], tty });
  }

  function openLog(id: string, query: string): Promise<IncomingMessage> {
    const path = `/containers/${id}/logs?stdout=1&stderr=1&timestamps=1&${query}`;
    return new Promise((resolve, reject) => get({ socketPath: lab.socketPath, path }, resolve).on('error', reject));
  }

  async function readAll(id: string, tty: boolean): Promise<LogLine[]> {
    const source = await openLog(id, 'tail=all');
    const lines: LogLine[] = [];
    const { signal } = new AbortController();
    for await (const batch of readLogLines(source, { tty, timestamps: true, signal })) lines.push(...batch);
    return lines;
  }

  /** What `docker logs` prints, by line; an unfinished last line counts. */
  async function dockerLogs(id: string, ...options: string[]): Promise<string[]> {
    const lines = (await lab.docker(['logs', ...options, id])).split('\n');
    return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
  }

  async function finished(id: string): Promise<void> {
    await lab.api.post(`/containers/${id}/wait`);
  }

  describe.each([
    ['framed', false],
    ['of a terminal', true],
  ] as const)('%s', (_name, tty) => {
    test('agrees with docker logs, line by line', async () => {
      const id = await container(WRITER, tty);
      await finished(id);
      const lines = await readAll(id, tty);
      const texts = await dockerLogs(id);
      const stamped = await dockerLogs(id, '--timestamps');
      expect(lines.length).toBe(319);
      expect(lines).toEqual(
        texts.map((text, i) => ({
          stream: tty ? 'tty' : 'stdout',
          time: stamped[i]?.split(' ', 1)[0],
          text: text.replace(/\r$/, ''),
          cut: false,
        })),
      );
      expect(lines.every((line) => /^\d{4}-\d\d-\d\dT[\d:.]{18}Z$/.test(line.time ?? ''))).toBe(true);
    });

    test('a line of 1 MiB is cut, and the next is whole', async () => {
      const id = await container(`yes | tr -d '\\n' | head -c 1048576; echo; echo next`, tty);
      await finished(id);
      const lines = await readAll(id, tty);
      expect(lines.map((line) => [line.text, line.cut])).toEqual([
        ['y'.repeat(limits.engine.logLineBytes), true],
        ['next', false],
      ]);
    });

    test('is handed on while it is followed, and closed at once when it is left', async () => {
      const id = await container('echo first; sleep 1; echo second; sleep 3600', tty);
      const source = await openLog(id, 'follow=1');
      const { signal } = new AbortController();
      const texts: string[] = [];
      for await (const batch of readLogLines(source, { tty, timestamps: true, signal })) {
        texts.push(...batch.map((line) => line.text));
        if (texts.length === 2) break;
      }
      expect(texts).toEqual(['first', 'second']);
      expect(source.socket.destroyed).toBe(true);
    });

    test('makes the engine wait for a slow reader of a flood', async () => {
      const id = await container('yes "a line of a flood"', tty);
      const source = await openLog(id, 'follow=1');
      const controller = new AbortController();
      let text = 0;
      for await (const batch of readLogLines(source, { tty, timestamps: true, signal: controller.signal })) {
        for (const line of batch) text += line.text.length;
        await sleep(20);
        if (text > 100_000) break;
      }
      // Read from the socket: the lines, each with its timestamp and perhaps a header, and little more.
      expect(source.socket.bytesRead).toBeLessThan((text / 18) * 64 + 512 * 1024);
    });
  });

  test('stdout and stderr are told apart', async () => {
    const id = await container(
      'for i in 1 2 3; do echo out $i; echo err $i >&2; done; printf half >&2; printf rest',
      false,
    );
    await finished(id);
    const texts = Map.groupBy(await readAll(id, false), (line) => line.stream);
    expect([...texts].map(([stream, lines]) => [stream, lines.map((line) => line.text)]).toSorted()).toEqual([
      ['stderr', ['err 1', 'err 2', 'err 3', 'half']],
      ['stdout', ['out 1', 'out 2', 'out 3', 'rest']],
    ]);
  });

  test('what a process left unfinished stays apart from what its successor writes', async () => {
    const id = await container('echo hello; printf bye', false);
    await finished(id);
    await lab.docker(['restart', id]);
    await finished(id);
    expect((await readAll(id, false)).map((line) => line.text)).toEqual(['hello', 'bye', 'hello', 'bye']);
  });
});
