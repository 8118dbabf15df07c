import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Question } from '#contract/questions.ts';
import { writeClientKey } from '../../lab/ssh-keys.ts';
import { type Sshd, startSshd } from '../../lab/sshd.ts';
import { freePort } from '../../lab/sshd-process.ts';
import { describeSshd } from '../../lab/vitest.ts';
import { likeDocker } from '../engine/fake-engine.fixture.ts';
import { type Home, homeAt } from '../home/home.ts';
import { systemClock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { createHopPool, type HopPool } from '../ssh/hop-pool.ts';
import { createHostReach, homeHostKeys, sshConfigOf } from './host-reach.ts';
import { Questions } from './questions.ts';
import { noSshFiles, type SshFiles } from './ssh-files.ts';
import { HostTrials } from './trial.ts';

const TRIAL = '00000000-0000-4000-8000-000000000001';

const noSecrets = {
  recall: async () => null,
  remember: async () => undefined,
  discard: async () => undefined,
  canKeep: async () => false,
};

describeSshd('a trial over a real sshd', () => {
  let sshd: Sshd;
  let folder = '';
  let home: Home;
  let engine: Server;
  let hops: HopPool;
  let made = 0;
  beforeAll(async () => {
    sshd = await startSshd();
    folder = await mkdtemp(join(tmpdir(), 'binnacle-trial-'));
    engine = createServer(
      likeDocker((question, answer) => {
        if (/\/(containers\/json|networks)\b/.test(question.url ?? '')) answer.end('[]');
        else if (question.url?.includes('/events')) answer.flushHeaders();
        else answer.writeHead(404).end('{}');
      }),
    );
    await new Promise<void>((resolve) => engine.listen(join(folder, 'engine.sock'), resolve));
  });
  afterAll(async () => {
    engine.closeAllConnections();
    await new Promise((resolve) => engine.close(resolve));
    await sshd.stop();
    await rm(folder, { recursive: true });
  });
  beforeEach(async () => {
    made += 1;
    home = homeAt(join(folder, `home${made}`));
    hops = createHopPool({ clock: systemClock });
  });
  afterEach(async () => {
    await hops[Symbol.asyncDispose]();
    await expect.poll(() => sshd.sessionPids(), { timeout: 5_000 }).toEqual([]);
  });

  function open(questions: Questions, changes: Partial<SshFiles> = {}) {
    const files = { ...noSshFiles(folder), ...changes };
    const policy = homeHostKeys(home, { files, pinned: null });
    const config = sshConfigOf(files, sshd.user);
    const reach = createHostReach({ policy, config, hops, clock: systemClock });
    return new HostTrials({ reach, questions, clock: systemClock });
  }
  const request = (identityFile: string) => ({
    trial: TRIAL,
    target: sshd.target(join(folder, 'engine.sock')),
    identityFiles: [identityFile],
  });
  const desk = () => new Questions({ newId: () => `q${Math.random()}`, secrets: noSecrets });
  const lockedKey = async () => {
    const key = await writeClientKey(folder, { passphrase: 'right', name: `locked${made}` });
    await sshd.authorize(key.publicKey);
    return key.file;
  };
  /** Calls back with each question as it comes. */
  const onQuestion = (questions: Questions, take: (question: Question) => void) =>
    questions.subscribe(() => {
      const [question] = questions.open();
      if (question !== undefined) queueMicrotask(() => take(question));
    });

  it('asks for what it needs, and leaves nothing but the accepted key', async () => {
    const questions = desk();
    const asked: unknown[] = [];
    const passphrases = ['wrong', 'right'];
    using _ = onQuestion(questions, ({ id, kind, ...question }) => {
      asked.push('attempt' in question ? `${kind} ${question.attempt}` : kind);
      if (kind === 'hostKey') questions.answer(id, { kind, accept: true });
      if (kind === 'passphrase')
        questions.answer(id, { kind, passphrase: passphrases.shift() ?? null, remember: false });
    });
    const told: unknown[] = [];
    for await (const event of open(questions).test(request(await lockedKey()), new AbortController().signal)) {
      told.push(event.kind === 'passed' || event.kind === 'begun' ? `${event.kind} ${event.step}` : event);
    }
    expect({ told, asked, known: await readFile(home.knownHostsFile, 'utf8') }).toEqual({
      told: [
        ...['resolve', 'reach', 'host-key', 'authenticate', 'forward', 'socket', 'engine', 'permissions'].flatMap(
          (step) => [`begun ${step}`, `passed ${step}`],
        ),
        {
          kind: 'reached',
          target: request('').target,
          engine: { name: 'docker', version: '20.10.24', apiVersion: '1.41' },
          via: 'stream-local',
          containers: 0,
          latencyMs: expect.any(Number),
          fingerprint: sshd.hostKeys[0]?.fingerprint,
          notes: [],
          offers: [],
        },
      ],
      asked: ['hostKey', 'passphrase 1', 'passphrase 2'],
      known: `${sshd.knownHostsLines()[0]}\n`,
    });
  });

  it('leaves the key out where nobody wants to give its passphrase', async () => {
    const questions = desk();
    using _ = onQuestion(questions, ({ id, kind }) => {
      if (kind === 'hostKey') questions.answer(id, { kind, accept: true });
      if (kind === 'passphrase') questions.answer(id, { kind, passphrase: null, remember: false });
    });
    const trial = open(questions).test(request(await lockedKey()), new AbortController().signal);
    expect((await Array.fromAsync(trial)).at(-1)).toMatchObject({
      kind: 'stopped',
      step: 'authenticate',
      jump: null,
      code: 'PASSPHRASE_NEEDED',
    });
  });

  it('tells of each step of a host that is not there', async () => {
    const target = `ssh://me@127.0.0.1:${await freePort()}`;
    const trial = open(desk()).test({ trial: TRIAL, target, identityFiles: [] }, new AbortController().signal);
    const told = await Array.fromAsync(trial);
    expect(told.at(-1)).toMatchObject({
      kind: 'stopped',
      step: 'reach',
      code: 'CONNECT_REFUSED',
      ms: expect.any(Number),
    });
  });

  it('tells with a refused login what of ssh_config was not followed there, and nothing that is not about it', async () => {
    const questions = desk();
    using _ = onQuestion(questions, ({ id, kind }) => {
      if (kind === 'hostKey') questions.answer(id, { kind, accept: true });
    });
    const stranger = await writeClientKey(folder, { name: `stranger${made}` });
    const config = join(folder, `config${made}`);
    await writeFile(config, 'AddressFamily inet6\nCertificateFile ~/.ssh/c\nMatch exec "true"\nForwardAgent yes\n');
    const trial = open(questions, { config }).test(request(stranger.file), new AbortController().signal);
    const end = (await Array.fromAsync(trial)).at(-1);
    expect(end).toMatchObject({ kind: 'stopped', step: 'authenticate', code: 'AUTH_FAILED' });
    const { message } = end as Extract<typeof end, { kind: 'stopped' }>;
    expect(message).toMatch(
      /^\S+ did not let \S+ in with the key offered\. CertificateFile \(\S+:2\) is not followed: [^.]+\.$/,
    );
  });

  it('names the login where time is up while an agent that hangs is asked for keys', async () => {
    const agentSocket = join(folder, `agent${made}.sock`);
    const asked = Promise.withResolvers<void>();
    const agent = createTcpServer(() => asked.resolve());
    await new Promise<void>((resolve) => agent.listen(agentSocket, resolve));
    const deadline = new AbortController();
    void asked.promise.then(() => deadline.abort(new AppError('TIMEOUT', 'Time is up.')));
    const wish = { trial: TRIAL, target: sshd.target(join(folder, 'engine.sock')), identityFiles: [] };
    const told = await Array.fromAsync(open(desk(), { agentSocket }).test(wish, deadline.signal));
    agent.close();
    expect(told).toMatchObject([
      { kind: 'begun', step: 'authenticate' },
      {
        ...{ kind: 'stopped', step: 'authenticate', jump: null, code: 'TIMEOUT' },
        seen: ['nothing was dialled yet: keys were being looked for, in files and in ssh-agent'],
      },
    ]);
  });

  it.each(['hostKey', 'passphrase'] as const)('left at its question of a %s, it leaves nothing', async (kind) => {
    const questions = desk();
    const left = new AbortController();
    using _ = onQuestion(questions, (question) => {
      if (question.kind === kind) left.abort(new AppError('CANCELLED', 'Left.'));
      else questions.answer(question.id, { kind: 'hostKey', accept: true });
    });
    const trial = open(questions).test(request(await lockedKey()), left.signal);
    await expect(Array.fromAsync(trial)).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(questions.open()).toEqual([]);
  });
});
