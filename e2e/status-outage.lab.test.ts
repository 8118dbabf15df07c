import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Container } from '#contract/fleet.ts';
import type { StatusDocument } from '#contract/status.ts';
import { type Sshd, startSshd } from '../lab/sshd.ts';
import { describeLab } from '../lab/vitest.ts';
import { type CliProcess, type Found, parseDocument, startCli } from './cli-process.ts';
import { connectionsTo } from './connections.ts';

/** What an operator is promised (DESIGN, cost), and what reading a document may take on a busy machine. */
const LINK_LOST_MS = 10_000;
const ENGINE_HUNG_MS = 8_000;
const FRESH_MS = 2_000;
const SLACK_MS = 1_000;

describeLab('binnacle status --watch, while a part of the way to the engine is gone', (lab) => {
  let folder: string;
  let sshd: Sshd;
  let cli: CliProcess;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'binnacle-outage-'));
    sshd = await startSshd({ hostKeyDir: folder });
    await copyFile(sshd.clientKeyFile, join(folder, 'key'));
    await copyFile(sshd.knownHostsFile, join(folder, 'known_hosts'));
    const files = ['--identity', join(folder, 'key'), '--known-hosts', join(folder, 'known_hosts')];
    cli = await startCli(['status', sshd.target(lab.socketPath), ...files, '--json', '--watch']);
    await state('live');
  });
  afterAll(async () => {
    await cli[Symbol.asyncDispose]();
    await sshd.stop();
    await rm(folder, { recursive: true, force: true });
    await lab.removeContainer('outage-stopped').catch(() => undefined);
  });

  /** The next document in which the host is `wanted` and `more` holds. */
  async function state(
    wanted: StatusDocument['hosts'][number]['state'],
    more: (document: StatusDocument) => boolean = () => true,
  ): Promise<Found<StatusDocument>> {
    const accept = (text: string) => {
      const document = parseDocument(text);
      return document.hosts[0]?.state === wanted && more(document) ? document : null;
    };
    return await cli.find(accept, { from: cli.lines.length, what: `a host that is ${wanted}`, timeoutMs: 45_000 });
  }

  it('sshd: offline with the reason and unknown at once, live and right when it is back', async () => {
    const publicKey = sshd.clientPublicKey;
    await lab.runContainer({ name: 'outage-stopped', restart: 'unless-stopped' });
    await state('live', (document) => reasonOf(document, 'outage-stopped') === 'unchecked');
    const { port } = sshd;

    const lost = state('offline');
    const lostAt = Date.now();
    await sshd.stop();
    const offline = await lost;
    expect(summary(offline.value)).toEqual({
      verdict: 'unknown',
      sentence: expect.stringMatching(/^Nothing is known: 1 host offline · last seen \d+ s ago$/),
      codes: ['CONNECTION_LOST'],
      verdicts: ['unknown'],
      reasons: ['last seen N s ago'],
    });
    expect(offline.at - lostAt).toBeLessThan(LINK_LOST_MS + SLACK_MS);
    const refused = await state('offline', ({ problems }) => problems[0]?.code === 'CONNECT_REFUSED');
    expect(refused.value.verdict).toBe('unknown');

    await lab.docker(['stop', 'outage-stopped']);
    const back = state('live');
    sshd = await startSshd({ hostKeyDir: folder, port });
    await sshd.authorize(publicKey);
    const live = await back;
    await sshd.waitForLog(/Accepted publickey/);
    expect([
      live.value.verdict,
      live.value.problems,
      reasonOf(live.value, 'outage-stopped'),
      connectionsTo(port),
    ]).toEqual(['down', [], 'stopped', 1]);
  });

  it('dockerd: degraded and unknown while it hangs, live and right when it goes on', async () => {
    const before = await state('live', ({ problems }) => problems.length === 0);
    const hung = state('degraded');
    const hungAt = Date.now();
    let continuedAt: number;
    let back: Promise<Found<StatusDocument>>;
    process.kill(lab.dockerdPid, 'SIGSTOP');
    try {
      const degraded = await hung;
      expect(summary(degraded.value)).toEqual({
        verdict: 'unknown',
        sentence: expect.stringMatching(
          /^Nothing is known: 1 host with no answer from the engine · last seen \d+ s ago$/,
        ),
        codes: ['ENGINE_TIMEOUT'],
        verdicts: ['unknown'],
        reasons: ['last seen N s ago'],
      });
      expect(degraded.at - hungAt).toBeLessThan(ENGINE_HUNG_MS + SLACK_MS);
      // Long enough for every request that was under way to be given up.
      await state('degraded', ({ hosts }) => Date.parse(hosts[0]?.freshAt ?? '') < Date.now() - 12_000);
      back = state('live');
    } finally {
      process.kill(lab.dockerdPid, 'SIGCONT');
      continuedAt = Date.now();
    }
    const live = await back;
    expect([live.value.verdict, namesOf(live.value), connectionsTo(sshd.port)]).toEqual([
      before.value.verdict,
      namesOf(before.value),
      1,
    ]);
    expect(live.at - continuedAt).toBeLessThan(FRESH_MS + SLACK_MS);
  });
});

const containersOf = ({ hosts }: StatusDocument): Container[] =>
  hosts.flatMap(({ apps }) => apps.flatMap(({ containers }) => containers));

const namesOf = (document: StatusDocument) =>
  containersOf(document)
    .map(({ name }) => name)
    .sort();

const reasonOf = (document: StatusDocument, name: string) =>
  containersOf(document).find((container) => container.name === name)?.reason;

function summary(document: StatusDocument): object {
  const containers = containersOf(document);
  return {
    verdict: document.verdict,
    sentence: document.sentence,
    codes: document.problems.map(({ code }) => code),
    verdicts: [...new Set(containers.map(({ verdict }) => verdict))],
    reasons: [...new Set(containers.map(({ reason }) => reason.replace(/\d+/, 'N')))],
  };
}
