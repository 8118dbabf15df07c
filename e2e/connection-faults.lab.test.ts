import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Container } from '#contract/fleet.ts';
import type { StatusDocument } from '#contract/status.ts';
import { type FaultyWay, faultyWay } from '../lab/faulty-way.ts';
import { describeLab } from '../lab/vitest.ts';
import { type CliProcess, type Found, parseDocument, startCli } from './cli-process.ts';

/** What an operator is promised (DESIGN, cost), and what reading a document may take on a busy machine. */
const DEAD_LINK_MS = 10_000;
const FRESH_MS = 2_000;
const SLACK_MS = 1_000;

/** One test a fault; `npm run soak` does a thousand (src-main/fleet/reconnect.soak.test.ts). */
describeLab('binnacle status --watch, over a way that fails', (lab) => {
  let way: FaultyWay;
  let cli: CliProcess;
  let before: StatusDocument;

  beforeAll(async () => {
    way = await faultyWay(lab);
    const files = ['--identity', lab.clientKeyFile, '--known-hosts', way.knownHostsFile];
    cli = await startCli(['status', way.target, ...files, '--json', '--watch']);
  });
  beforeEach(async () => {
    before = (await next(isWell)).value;
  });
  afterAll(async () => {
    await cli[Symbol.asyncDispose]();
    await way[Symbol.asyncDispose]();
  });

  /** The next document of which this is so. */
  async function next(isSo: (document: StatusDocument) => boolean, timeoutMs = 45_000): Promise<Found<StatusDocument>> {
    const accept = (text: string) => {
      const document = parseDocument(text);
      return isSo(document) ? document : null;
    };
    return await cli.find(accept, { from: cli.lines.length, what: 'the state that was waited for', timeoutMs });
  }

  /** Does `harm`, and resolves with the first document in which the host is not live, and after how long it came. */
  async function seen(harm: () => void) {
    const document = next(({ hosts }) => hosts[0]?.state !== 'live');
    const began = Date.now();
    harm();
    const { value, at } = await document;
    return {
      ms: at - began,
      verdicts: [...new Set(containersOf(value).map(({ verdict }) => verdict))],
      document: value,
    };
  }

  /** Everything is known again, as it was, over one connection. @returns how long after that was taken, in milliseconds */
  async function expectWell(): Promise<number> {
    const { value, at } = await next(isWell);
    expect([namesOf(value), way.connections]).toEqual([namesOf(before), 1]);
    return at - way.acceptedAt;
  }

  it('reset: offline at once, and back by itself', async () => {
    const { ms, verdicts, document } = await seen(() => way.reset());
    expect([verdicts, document.verdict, document.problems.map(({ code }) => code)]).toEqual([
      ['unknown'],
      'unknown',
      ['CONNECTION_LOST'],
    ]);
    expect(ms).toBeLessThan(SLACK_MS);
    expect(await expectWell()).toBeLessThan(FRESH_MS + SLACK_MS);
  });

  it('cut: offline with the reason, for as long as it lasts', async () => {
    const { ms, verdicts } = await seen(() => way.cut());
    expect([verdicts, ms < SLACK_MS]).toEqual([['unknown'], true]);
    const refused = await next(({ problems }) => problems[0]?.code === 'CONNECT_REFUSED');
    expect(refused.value.hosts[0]?.state).toBe('offline');
    await way.heal();
    expect(await expectWell()).toBeLessThan(FRESH_MS + SLACK_MS);
  });

  it('black hole: unknown and offline within ten seconds, and back', async () => {
    const offline = next(({ hosts }) => hosts[0]?.state === 'offline');
    const from = cli.lines.length;
    const began = Date.now();
    const { verdicts } = await seen(() => way.blackHole());
    expect(verdicts).toEqual(['unknown']);
    const { at, value } = await offline;
    expect(value.problems.map(({ code }) => code)).toEqual(['CONNECTION_LOST']);
    expect(at - began).toBeLessThan(DEAD_LINK_MS + SLACK_MS);
    await way.heal();
    expect(await expectWell()).toBeLessThan(FRESH_MS + SLACK_MS);
    // The engine is asked before keepalive tells, and is not blamed.
    const told = cli.lines.slice(from).map(({ text }) => parseDocument(text).hosts[0]?.state);
    expect(told).not.toContain('degraded');
  });

  it('a short black hole: the connection outlives it', async () => {
    const { accepted } = way;
    const from = cli.lines.length;
    way.blackHole();
    await sleep(3_000);
    await way.heal();
    await expectWell();
    const states = cli.lines.slice(from).map(({ text }) => parseDocument(text).hosts[0]?.state);
    expect([way.accepted, new Set(states)]).toEqual([accepted, new Set(['live'])]);
  });

  it('latency: it stays live, says how late it is, and is connected anew over it', async () => {
    way.latency(200);
    const late = await next(({ hosts }) => hosts[0]?.state === 'live' && (hosts[0].latencyMs ?? 0) >= 400);
    expect(late.value.problems).toEqual([]);
    const { document } = await seen(() => way.reset());
    expect(document.problems.map(({ code }) => code)).toEqual(['CONNECTION_LOST']);
    await expectWell();
    await way.heal();
    await next(({ hosts }) => (hosts[0]?.latencyMs ?? 1_000) < 200);
  });

  it('drip: what cannot be read in time is unknown within ten seconds', async () => {
    const { ms, verdicts } = await seen(() => way.drip(200));
    expect(verdicts).toEqual(['unknown']);
    expect(ms).toBeLessThan(DEAD_LINK_MS + SLACK_MS);
    await way.heal();
    await expectWell();
  });

  it.each([
    ['while it logs in', 500],
    ['while the list is read', 20_000],
  ])('cut after so many bytes, %s: offline, and no half of an answer is taken for the whole', async (_when, bytes) => {
    const from = cli.lines.length;
    const { accepted } = way;
    way.reset();
    way.cutAfter(bytes);
    await expect.poll(() => way.accepted, { timeout: 20_000 }).toBeGreaterThanOrEqual(accepted + 2);
    await expectWell();
    const documents = cli.lines.slice(from).map(({ text }) => parseDocument(text));
    const counts = documents.filter(({ hosts }) => hosts[0]?.state === 'live').map((each) => namesOf(each).length);
    expect(new Set(counts)).toEqual(new Set([namesOf(before).length]));
  });
});

const isWell = ({ hosts, problems }: StatusDocument) => hosts[0]?.state === 'live' && problems.length === 0;

const containersOf = ({ hosts }: StatusDocument): Container[] =>
  hosts.flatMap(({ apps }) => apps.flatMap(({ containers }) => containers));

const namesOf = (document: StatusDocument) =>
  containersOf(document)
    .map(({ name }) => name)
    .sort();
