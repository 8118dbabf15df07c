import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Problem } from '#contract/errors.ts';
import { StatusDocument } from '#contract/status.ts';
import { type FakeEngine, fakeEngine, fakeLink, fixtureClock, toAppError } from '../../fleet/engine.fixture.ts';
import { engineEvent, summary } from '../../fleet/facts.fixture.ts';
import { FleetService } from '../../fleet/fleet-service.ts';
import type { HostConnector } from '../../fleet/host-session.ts';
import { AppError, abortError } from '../../kernel/errors.ts';
import type { PassphraseQuestion, SshPrompts } from '../../ssh/connection-types.ts';
import { runStatus } from './status-command.ts';
import type { StatusOutput } from './status-output.ts';

const refused: HostConnector = { connect: () => Promise.reject(new AppError('CONNECT_REFUSED', 'Refused.')) };
const blackHole: HostConnector = {
  connect: (signal) =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(abortError(signal)), { once: true })),
};

const PASSPHRASE: PassphraseQuestion = {
  hop: {
    ...{ user: 'ops', host: 'atlas', port: 22, knownAs: { host: 'atlas', port: 22 }, knownHostsFiles: null },
    ...{ identityFiles: null, homeDir: '/home/ops', namedFiles: 0, identitiesOnly: false, agentSocket: null },
    methods: { publicKey: true, keyboardInteractive: true, password: true },
    keepalive: { intervalMs: 3_000, count: 2 },
  },
  isJump: false,
  file: '/key',
  attempt: 1,
};

/** Nobody is asked anything. */
const noPrompts: SshPrompts = {
  acceptHostKey: async () => 'unanswerable',
  passphrase: async () => null,
  password: async () => null,
  challenge: async () => null,
  wrongPassword: () => undefined,
};

interface Given {
  /** A connector, or the states of the containers of a host that answers. */
  readonly hosts: readonly (HostConnector | readonly ('running' | 'exited' | 'dead')[])[];
  readonly json?: boolean;
  readonly watch?: boolean;
  readonly timeoutMs?: number;
  readonly problems?: readonly Problem[];
  readonly output?: Partial<StatusOutput>;
  readonly prompts?: (begin: () => Disposable) => SshPrompts;
  readonly ask?: (prompts: SshPrompts, signal: AbortSignal) => Promise<unknown>;
}

function running({
  hosts,
  json = true,
  watch = false,
  timeoutMs = 30_000,
  problems = [],
  output,
  prompts = () => noPrompts,
  ask,
}: Given) {
  const clock = fixtureClock();
  const written: string[] = [];
  const interrupt = new AbortController();
  const engines: FakeEngine[] = [];
  const code = runStatus({
    command: { json, watch, timeoutMs },
    problems,
    prompts,
    signal: interrupt.signal,
    output: {
      write: async (text) => void written.push(text),
      isOutputTerminal: false,
      colour: { stdout: false, stderr: false },
      width: () => 80,
      height: () => 24,
      ...output,
    },
    openFleet: (pausing) =>
      new FleetService({
        members: hosts.map((what, index) => ({
          id: `00000000-0000-4000-8000-00000000000${index}`,
          target: `ssh://host${index}`,
          label: `host${index}`,
          mode: 'observe' as const,
          rates: { changesPerMinute: 10, destroysPerMinute: 3 },
          preferences: { pinned: [], protected: [], accepted: [], apps: {} },
          connector:
            'connect' in what
              ? what
              : {
                  connect: async (signal) => {
                    await ask?.(pausing, signal);
                    const engine = fakeEngine([], () => clock.monotonic());
                    engine.containers = what.map((state, at) =>
                      summary(`c${at}`, { state, exitCode: state === 'exited' ? 3 : null }),
                    );
                    engines.push(engine);
                    return fakeLink(engine);
                  },
                },
        })),
        intervals: { refreshMs: 10_000, sampleMs: 5_000 },
        retry: watch,
        clock,
        random: () => 1,
        toAppError,
      }),
  });
  const documents = () => written.map((text) => StatusDocument.parse(JSON.parse(text)));
  return { clock, written, documents, interrupt, engines, code };
}

/** Long enough for a change to be written. */
const written = () => sleep(150);

describe('status', () => {
  it.each([
    [0, 'green', ['running']],
    [1, 'attention', ['running', 'exited']],
    [2, 'down', ['dead', 'exited']],
  ] as const)('ends with %i for %s, after one document', async (exitCode, verdict, states) => {
    const { clock, code, documents } = running({ hosts: [states, ['running']] });
    await clock.advance(1_000);
    expect([await code, documents().map((document) => [document.schema, document.verdict, document.problems])]).toEqual(
      [exitCode, [[1, verdict, []]]],
    );
  });

  it('ends with 3 where a host cannot be read, with the reason, and all of the others', async () => {
    const { clock, code, documents } = running({ hosts: [refused, ['running']] });
    await clock.advance(1_000);
    expect([await code, documents()]).toEqual([
      3,
      [
        expect.objectContaining({
          verdict: 'unknown',
          hosts: [
            expect.objectContaining({ target: 'ssh://host0', state: 'offline', apps: [] }),
            expect.objectContaining({ target: 'ssh://host1', state: 'live', verdict: 'green' }),
          ],
          problems: [{ where: 'ssh://host0', code: 'CONNECT_REFUSED', message: 'Refused.', hint: null }],
        }),
      ],
    ]);
  });

  it('shows what it has when the time is up, and names who has not answered', async () => {
    const { clock, code, documents } = running({ hosts: [blackHole, ['running'], refused], timeoutMs: 400 });
    await clock.advance(1_000);
    expect([await code, documents()[0]?.hosts.map(({ state }) => state), documents()[0]?.problems]).toEqual([
      3,
      ['connecting', 'live', 'offline'],
      [
        expect.objectContaining({ where: 'ssh://host2', code: 'CONNECT_REFUSED' }),
        {
          where: 'ssh://host0',
          code: 'TIMEOUT',
          message: 'No complete answer within 0.4 s.',
          hint: expect.stringContaining('--timeout'),
        },
      ],
    ]);
  });

  it('does not count the time in which a person is asked', async () => {
    const prompts = (begin: () => Disposable): SshPrompts => ({
      ...noPrompts,
      passphrase: async () => {
        using _asking = begin();
        await sleep(500);
        return 'secret';
      },
    });
    const ask = (pausing: SshPrompts, signal: AbortSignal) => pausing.passphrase(PASSPHRASE, signal);
    const { clock, code } = running({ hosts: [['running']], timeoutMs: 400, prompts, ask });
    await sleep(520);
    await clock.advance(1_000);
    expect(await code).toBe(0);
  });

  it('counts the time in which a pipe is waited for, where no person is asked', async () => {
    const prompts = (): SshPrompts => ({
      ...noPrompts,
      passphrase: (_question, signal) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    });
    const ask = (asked: SshPrompts, signal: AbortSignal) => asked.passphrase(PASSPHRASE, signal);
    const { code, documents } = running({ hosts: [['running']], timeoutMs: 50, prompts, ask });
    expect([await code, documents()[0]?.problems.map((problem) => problem.code)]).toEqual([3, ['TIMEOUT']]);
  });

  it('ends with 130 when it is interrupted, after what is known', async () => {
    const { clock, code, documents, interrupt } = running({ hosts: [blackHole, ['running']] });
    await clock.advance(1_000);
    interrupt.abort(new AppError('CANCELLED', 'Interrupted.'));
    expect([await code, documents()[0]?.problems]).toEqual([
      130,
      [{ where: 'ssh://host0', code: 'CANCELLED', message: 'Interrupted.', hint: null }],
    ]);
  });

  it.each([
    [3, 'unknown', 'running', 'Settings not read in full · All green · '],
    [2, 'down', 'dead', 'Settings not read in full · 1 down · '],
  ] as const)(
    'is never green where the settings cannot be read: %i, %s',
    async (exitCode, verdict, state, sentence) => {
      const problem: Problem = { where: 'settings.json', code: 'SETTINGS_BROKEN', message: 'Broken.', hint: null };
      const { clock, code, documents } = running({ hosts: [[state]], problems: [problem] });
      await clock.advance(1_000);
      expect([await code, documents()]).toEqual([
        exitCode,
        [expect.objectContaining({ verdict, sentence: expect.stringContaining(sentence), problems: [problem] })],
      ]);
    },
  );

  it('says the sentence on a terminal as soon as it is known, and takes its place afterwards', async () => {
    const {
      clock,
      code,
      written: texts,
    } = running({
      hosts: [['running', 'dead'], refused],
      json: false,
      output: { isOutputTerminal: true, width: () => 60 },
    });
    await clock.advance(1);
    const soon = [...texts];
    await clock.advance(1_000);
    await code;
    const sentence = (age: number) =>
      `✖ 1 down, 1 host unknown · 1 of 1 running is green (1\n  unchecked) · 2 apps · 2 hosts · ${age} s ago\n`;
    expect([soon, texts.length, texts[1]?.split('NEEDS')[0]]).toEqual([
      [`${sentence(0)}  reading the load …`],
      2,
      // Up over the two lines of it, and clear.
      `\r\u001b[2A\u001b[J${sentence(1)}\n`,
    ]);
  });
});

describe('status --watch', () => {
  it('writes a document at once, one for each change, and ends with the last verdict', async () => {
    const { clock, code, documents, interrupt, engines } = running({ hosts: [['running', 'running']], watch: true });
    await clock.advance(1);
    await written();
    const before = documents().length;
    const [engine] = engines;
    if (engine !== undefined) engine.containers = [summary('c0', { state: 'exited', exitCode: 4 }), summary('c1')];
    engine?.streams[0]?.push(engineEvent('c0', 'die', 1, { exitCode: '4' }));
    await clock.advance(1);
    await written();
    const reasons = documents().map(({ hosts }) => hosts[0]?.apps.map(({ containers }) => containers[0]?.reason));
    interrupt.abort(new AppError('CANCELLED', 'Interrupted.'));
    const count = documents().length;
    expect([before > 0, reasons[0], reasons.at(-1), await code]).toEqual([
      true,
      ['unchecked', 'unchecked'],
      ['exited 4', 'unchecked'],
      1,
    ]);
    engine?.streams[0]?.push(engineEvent('c1', 'die', 3, { exitCode: '4' }));
    await written();
    expect(documents().length).toBe(count);
  });

  it('is not delayed by a dead host: a second of grace for one that is slower', async () => {
    const { clock, documents, interrupt, code } = running({ hosts: [blackHole, ['running']], watch: true });
    await clock.advance(1);
    await sleep(700);
    const early = documents().length;
    await sleep(600);
    interrupt.abort();
    expect([await code, early, documents()[0]?.hosts.map(({ state }) => state)]).toEqual([
      3,
      0,
      ['connecting', 'live'],
    ]);
  });

  it('begins with what it knows when the time is up, and goes on', async () => {
    const { clock, documents, interrupt, code } = running({ hosts: [blackHole], watch: true, timeoutMs: 40 });
    await clock.advance(1);
    await sleep(80);
    const [first] = documents();
    interrupt.abort();
    expect([await code, first?.hosts[0]?.state]).toEqual([3, 'connecting']);
  });

  it('is never more than one text ahead of a slow reader', async () => {
    const open: (() => void)[] = [];
    const { clock, engines, interrupt, code } = running({
      hosts: [['running']],
      watch: true,
      output: { write: () => new Promise((resolve) => open.push(resolve)) },
    });
    await clock.advance(1);
    for (let ms = 1; ms <= 3; ms += 1) {
      engines[0]?.streams[0]?.push(engineEvent('c0', 'oom', ms));
      await clock.advance(1);
      await written();
    }
    const behind = open.length;
    open[0]?.();
    await sleep(10);
    const after = open.length;
    open[1]?.();
    await sleep(10);
    interrupt.abort();
    await code;
    expect([behind, after, open.length]).toEqual([1, 2, 2]);
  });

  it('writes lines where it cannot repaint: the sentence when it changes, not when it grows old', async () => {
    const {
      clock,
      engines,
      interrupt,
      code,
      written: texts,
    } = running({ hosts: [['running']], watch: true, json: false });
    await clock.advance(1_500);
    await sleep(1_100);
    const [engine] = engines;
    if (engine !== undefined) engine.containers = [summary('c0', { state: 'paused' })];
    engine?.streams[0]?.push(engineEvent('c0', 'pause', 1_500));
    await clock.advance(1);
    await written();
    interrupt.abort();
    await code;
    expect(
      texts
        .join('')
        .replace(/^\d\d:\d\d:\d\d/gm, 'TIME')
        .replace(/\d s ago/g, 'N s ago')
        .split('\n'),
    ).toEqual([
      'TIME  ✔ All green · 1 running (1 unchecked) · 1 app · 1 host · N s ago',
      'TIME  ▲ ssh://host0  name-c0  paused',
      'TIME  ▲ 1 needs attention · 0 running · 1 app · 1 host · N s ago',
      '',
    ]);
  });

  it('repaints a terminal in place, and cuts what its height does not hold', async () => {
    const {
      clock,
      interrupt,
      code,
      written: texts,
    } = running({
      hosts: [Array(30).fill('dead')],
      watch: true,
      json: false,
      output: { isOutputTerminal: true, height: () => 12 },
    });
    await clock.advance(1);
    await written();
    interrupt.abort();
    await code;
    const [picture = '', closing, last = ''] = texts;
    const opening = '\u001b[?1049h';
    expect([picture.startsWith(opening), closing, last.split('\n').length > 30]).toEqual([true, '\u001b[?1049l', true]);
    const first = picture.slice(opening.length);
    const lines = first.split('\n');
    expect([
      first.startsWith('\u001b[H✖ 30 down'),
      lines.length,
      lines.at(-2)?.replace(/\d+/, 'N'),
      lines.at(-1),
    ]).toEqual([true, 12, '… N more lines\u001b[K', '\u001b[J']);
  });

  it('paints over no question, and paints again once it is answered', async () => {
    const answer = Promise.withResolvers<void>();
    const prompts = (begin: () => Disposable): SshPrompts => ({
      ...noPrompts,
      passphrase: async () => {
        using _asking = begin();
        await answer.promise;
        return 'secret';
      },
    });
    let hosts = 0;
    // The second host asks; the first is read at once.
    const ask = async (asked: SshPrompts, signal: AbortSignal) => {
      hosts += 1;
      if (hosts === 2) await asked.passphrase(PASSPHRASE, signal);
    };
    const {
      clock,
      interrupt,
      code,
      written: texts,
    } = running({
      hosts: [['running'], ['running']],
      watch: true,
      json: false,
      output: { isOutputTerminal: true },
      prompts,
      ask,
    });
    await clock.advance(1);
    await sleep(1_300);
    const whileAsked = texts.join('');
    answer.resolve();
    await sleep(150);
    const afterwards = texts[0]?.startsWith('\u001b[?1049h\u001b[H');
    interrupt.abort();
    await code;
    expect([whileAsked, afterwards]).toEqual(['', true]);
  });

  it('goes on telling a pipe while a person is asked, and tells nothing after the end', async () => {
    const prompts = (begin: () => Disposable): SshPrompts => ({
      ...noPrompts,
      passphrase: async (_question, signal) => {
        using _asking = begin();
        return await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      },
    });
    let hosts = 0;
    const ask = async (asked: SshPrompts, signal: AbortSignal) => {
      hosts += 1;
      if (hosts === 2) await asked.passphrase(PASSPHRASE, signal);
    };
    const { clock, interrupt, code, documents } = running({
      hosts: [['running'], ['running']],
      watch: true,
      prompts,
      ask,
    });
    await clock.advance(1);
    await sleep(1_300);
    const whileAsked = documents().length;
    interrupt.abort();
    await code;
    const atTheEnd = documents().length;
    await sleep(150);
    expect([whileAsked > 0, documents().length - atTheEnd]).toEqual([true, 0]);
  });

  it('ends with 130 where it is interrupted before its first text', async () => {
    const { code, interrupt, written: texts } = running({ hosts: [blackHole], watch: true });
    interrupt.abort();
    expect([await code, texts]).toEqual([130, []]);
  });
});
