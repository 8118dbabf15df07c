import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Container } from '#contract/fleet.ts';
import type { StatusDocument } from '#contract/status.ts';
import type { ContainerSpec } from '../lab/container-spec.ts';
import type { LabTools } from '../lab/lab-access.ts';
import { describeLab } from '../lab/vitest.ts';
import { type CliProcess, parseDocument, startCli } from './cli-process.ts';
import { connectionsTo } from './connections.ts';
import { engineTimes } from './engine-times.ts';

/** What an operator is promised: from the engine's own time of an event to the document that tells of it. */
const WITHIN_MS = 1_000;

interface Case {
  readonly name: string;
  readonly spec?: Partial<ContainerSpec>;
  /** What it is before, as `verdict reason`; null: it is not there. */
  readonly before: string | null;
  /** Arguments of the docker client; none: the container is made by the lab, and started. */
  readonly act: (name: string) => readonly string[] | null;
  /** The engine's event that it is measured from. */
  readonly event: string;
  /** Which of them, where one of its kind does not make it so. Default: the first. */
  readonly nth?: number;
  /** `state verdict reason`; null: it is no longer told of. */
  readonly told: string | RegExp | null;
}

const check = ['sh', '-c', 'test ! -e /tmp/sick || { echo "disk full" >&2; exit 1; }'];
const sickness = {
  health: { test: check, intervalMs: 1_000, retries: 1 },
  command: ['sh', '-c', 'mkdir /tmp; sleep 3600'],
};

const CASES: readonly Case[] = [
  {
    name: 'stopped',
    spec: { restart: 'unless-stopped' },
    before: 'green unchecked',
    act: (name) => ['stop', name],
    event: 'die',
    told: 'exited green stopped',
  },
  {
    name: 'started again',
    spec: { restart: 'unless-stopped' },
    before: 'green stopped',
    act: (name) => ['start', name],
    event: 'start',
    told: 'running green unchecked',
  },
  {
    name: 'killed',
    before: 'green unchecked',
    act: (name) => ['kill', name],
    event: 'die',
    told: 'exited attention exited 137',
  },
  {
    name: 'killed, although it is to be started again',
    spec: { restart: 'always' },
    before: 'green unchecked',
    act: (name) => ['kill', name],
    event: 'die',
    told: 'exited green stopped',
  },
  {
    name: 'made unhealthy',
    spec: sickness,
    before: 'green healthy',
    act: (name) => ['exec', name, 'touch', '/tmp/sick'],
    event: 'health_status: unhealthy',
    told: 'running down unhealthy: disk full',
  },
  {
    name: 'healthy again',
    spec: sickness,
    before: 'down unhealthy: disk full',
    act: (name) => ['exec', name, 'rm', '/tmp/sick'],
    event: 'health_status: healthy',
    told: 'running green healthy',
  },
  {
    name: 'in a restart loop',
    spec: { restart: 'always', command: ['sh', '-c', 'exit 3'] },
    before: null,
    act: () => null,
    event: 'die',
    // Between two deaths it runs, and may be seen so: three of them are a loop, whatever it does at the moment.
    nth: 3,
    told: /^\w+ down restarting, last exit 3 \((?:[3-9]|\d\d) times in /,
  },
  {
    name: 'out of memory',
    spec: { memoryBytes: 16 << 20, command: ['tail', '/dev/zero'] },
    before: null,
    act: () => null,
    event: 'die',
    told: 'exited down out of memory',
  },
  {
    name: 'paused',
    before: 'green unchecked',
    act: (name) => ['pause', name],
    event: 'pause',
    told: 'paused attention paused',
  },
  {
    name: 'removed',
    before: 'green unchecked',
    act: (name) => ['rm', '--force', name],
    event: 'destroy',
    told: null,
  },
];

describeLab('binnacle status --watch', (lab) => {
  const made = new Set<string>();
  let cli: CliProcess;

  beforeAll(async () => {
    cli = await startCli([...argumentsFor(lab), '--json']);
    await cli.find(live);
  });
  afterAll(async () => {
    await cli[Symbol.asyncDispose]();
    for (const name of made) await lab.removeContainer(name).catch(() => undefined);
  });

  /** A container that Binnacle tells of as `before`. */
  async function prepared({ name, spec, before }: Case): Promise<string> {
    const own = `watch-${name.replace(/\W+/g, '-')}`;
    made.add(own);
    if (before === null) return own;
    await lab.runContainer({ name: own, ...spec });
    if (before === 'green stopped') await lab.docker(['stop', own]);
    if (before.startsWith('down')) await lab.docker(['exec', own, 'touch', '/tmp/sick']);
    await cli.find((text) => (told(text, own)?.endsWith(` ${before}`) ? true : null), { what: `${own} ${before}` });
    return own;
  }

  it.each(CASES)('tells within a second of a container that is $name', async (each) => {
    const name = await prepared(each);
    const args = each.act(name);
    const from = Date.now();
    const firstLine = cli.lines.length;
    await (args === null ? lab.runContainer({ name, ...each.spec }) : lab.docker(args));
    const found = await cli.find(
      (text) => {
        const now = told(text, name);
        if (each.told === null || now === null) return each.told === now ? text : null;
        return (typeof each.told === 'string' ? each.told === now : each.told.test(now)) ? text : null;
      },
      { from: firstLine, what: `${name}: ${each.told}` },
    );
    parseDocument(found.value);
    const happened = await nthTime(lab, name, { event: each.event, nth: each.nth ?? 1, from });
    const delayMs = found.at - happened;
    console.info(`${each.name}: told ${delayMs} ms after the engine’s “${each.event}”`);
    expect({ delayMs, connections: connectionsTo(lab.port) }).toEqual({
      delayMs: expect.toSatisfy((ms: number) => ms <= WITHIN_MS, `no more than ${WITHIN_MS} ms`),
      connections: 1,
    });
  });

  it('writes a line for each change where it cannot repaint', async () => {
    await using lines = await startCli(argumentsFor(lab));
    await lines.find((text) => (/ 1 host · \d+ s ago$/.test(text) ? true : null));
    const from = lines.lines.length;
    made.add('watch-lines');
    await lab.runContainer({ name: 'watch-lines', command: ['sh', '-c', 'sleep 2; exit 4'] });
    await lines.find((text) => (text.endsWith('exited 4') ? true : null), { from });
    await lab.removeContainer('watch-lines');
    await lines.find((text) => (text.endsWith('gone') ? true : null), { from });
    // On its way in and out it may be seen as created and as being removed: those pass.
    const passing = /watch-lines {2}(created|being removed)$/;
    const own = lines.lines
      .slice(from)
      .flatMap(({ text }) => (text.includes('watch-lines') && !passing.test(text) ? [text] : []));
    const shape = { attention: '▲', green: '✔' };
    expect(own.map((text) => text.replace(/^\d\d:\d\d:\d\d/, 'TIME'))).toEqual([
      `TIME  ${shape.green} ${lab.target}  watch-lines  unchecked`,
      `TIME  ${shape.attention} ${lab.target}  watch-lines  exited 4`,
      `TIME  ${shape.green} ${lab.target}  watch-lines  gone`,
    ]);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'ends at once on %s, with the verdict’s code, and hangs up',
    async (signal) => {
      const before = connectionsTo(lab.port);
      await using watching = await startCli([...argumentsFor(lab), '--json']);
      await watching.find(live);
      const during = connectionsTo(lab.port);
      const asked = performance.now();
      watching.kill(signal);
      const { code, stderr } = await watching.ended;
      expect({
        code,
        stderr,
        more: during - before,
        left: connectionsTo(lab.port) - before,
        isQuick: performance.now() - asked < 2_000,
      }).toEqual({ code: 2, stderr: '', more: 1, left: 0, isQuick: true });
    },
  );
});

/** When the engine's `nth` event of its kind happened: it may be told of before it has, where fewer are enough. */
async function nthTime(
  lab: LabTools,
  name: string,
  { event, nth, from }: { event: string; nth: number; from: number },
): Promise<number> {
  for (let attempt = 1; attempt <= 50; attempt += 1) {
    const at = (await engineTimes(lab, name, event, from))[nth - 1];
    if (at !== undefined) return at;
    await sleep(200);
  }
  throw new Error(`The engine has no ${event} number ${nth} of ${name}.`);
}

const argumentsFor = ({ target, clientKeyFile, knownHostsFile }: LabTools) => [
  'status',
  target,
  '--identity',
  clientKeyFile,
  '--known-hosts',
  knownHostsFile,
  '--watch',
];

function live(text: string): StatusDocument | null {
  const document = parseDocument(text);
  return document.hosts.every(({ state }) => state === 'live') ? document : null;
}

/** `state verdict reason` of the container `name`; null where the document does not tell of it. */
function told(text: string, name: string): string | null {
  const { hosts } = JSON.parse(text) as StatusDocument;
  const all: Container[] = hosts.flatMap(({ apps }) => apps.flatMap(({ containers }) => containers));
  const found = all.find((container) => container.name === name);
  return found === undefined ? null : `${found.state} ${found.verdict} ${found.reason}`;
}
