import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Container, Verdict } from '#contract/fleet.ts';
import type { StatusDocument } from '#contract/status.ts';
import { createBody } from '../lab/container-spec.ts';
import { fleetPlan, isDatabase, type PlannedState } from '../lab/fleet-plan.ts';
import { busyboxImage } from '../lab/images.ts';
import type { LabTools } from '../lab/lab-access.ts';
import { describeLab } from '../lab/vitest.ts';
import { type CliEnd, parseDocument, runCli } from './cli-process.ts';
import { type DockerFigures, type DockerStats, startDockerStats } from './docker-stats.ts';
import { type DockerContainer, dockerView } from './docker-view.ts';

type Judged = Pick<Container, 'verdict' | 'reason'>;

/** What the table of verdicts makes of each container of the lab's plan. */
const JUDGED: Readonly<Record<PlannedState, Judged>> = {
  healthy: { verdict: 'green', reason: 'healthy' },
  unchecked: { verdict: 'green', reason: 'unchecked' },
  unhealthy: { verdict: 'down', reason: 'unhealthy: GET /health answered 503 "db pool exhausted"' },
  restarting: {
    verdict: 'down',
    reason: expect.stringMatching(/^restarting, last exit 1( \(\d+ times in \d+ \w+\))?$/),
  },
  stopped: { verdict: 'green', reason: 'stopped' },
  finished: { verdict: 'green', reason: 'finished' },
};

/** What the lab's fleet lacks: every other state, ports and networks of every kind. */
const OWN: Readonly<Record<string, Judged>> = {
  'agrees-created': { verdict: 'green', reason: 'created' },
  'agrees-exited': { verdict: 'attention', reason: 'exited 7' },
  'agrees-host': { verdict: 'green', reason: 'unchecked' },
  'agrees-none': { verdict: 'green', reason: 'unchecked' },
  'agrees-paused': { verdict: 'attention', reason: 'paused' },
  'agrees-ports': { verdict: 'green', reason: 'unchecked' },
};

describeLab('binnacle status --json, beside the docker client', (lab) => {
  beforeAll(() => addOwn(lab));
  afterAll(async () => {
    for (const name of Object.keys(OWN)) await lab.removeContainer(name).catch(() => undefined);
  });

  it('agrees on every field of every container', { timeout: 180_000 }, async () => {
    const { end, docker, startedAt, stats } = await asked(lab);
    const document = parseDocument(end.stdout);
    const [host] = document.hosts;

    expect([end.code, end.stderr]).toEqual([2, '']);
    expect(disagreeing(containersOf(document), stats, startedAt)).toEqual([]);
    expect({ ...document, hosts: document.hosts.map((each) => ({ ...each, apps: null })) }).toEqual({
      schema: 1,
      verdict: 'down',
      sentence: expect.stringMatching(sentenceOf(docker)),
      hosts: [
        {
          id: expect.stringMatching(/^[0-9a-f-]{36}$/),
          target: lab.target,
          state: 'live',
          verdict: 'down',
          engine: await engineOf(lab),
          latencyMs: expect.any(Number),
          freshAt: expect.any(String),
          apps: null,
        },
      ],
      problems: [],
    });
    const freshAt = Date.parse(host?.freshAt ?? '');
    expect([startedAt < freshAt, freshAt < Date.now()]).toEqual([true, true]);

    const told = containersOf(document).map(({ app, container }) => ({
      app,
      ...container,
      // Compared above, each with the figures of its own seconds.
      cpuPercent: container.cpuPercent === null ? null : 'a number',
      memoryBytes: container.memoryBytes === null ? null : 'a number',
    }));
    expect(told.sort((a, b) => (a.name < b.name ? -1 : 1))).toEqual(docker.map(expected));
  });

  it('puts the containers of an app together, and the worst app first', async () => {
    const { stdout } = await runCli(argumentsFor(lab));
    const apps = parseDocument(stdout).hosts.flatMap((host) => host.apps);
    const byLabel = Object.groupBy(await dockerView(lab), (container) => appOf(container));
    expect(
      Object.fromEntries(apps.map(({ name, containers }) => [name, containers.map(({ id }) => id).sort()])),
    ).toEqual(
      Object.fromEntries(Object.entries(byLabel).map(([name, all = []]) => [name, all.map(({ id }) => id).sort()])),
    );
    expect(apps.map(({ name, verdict }) => [verdict, name])).toEqual([
      ['down', 'ci'],
      ['down', 'shop'],
      ['attention', 'agrees-exited'],
      ['attention', 'agrees-paused'],
      ...Object.keys(byLabel)
        .filter((name) => !['ci', 'shop', 'agrees-exited', 'agrees-paused'].includes(name))
        .sort()
        .map((name) => ['green', name]),
    ]);
  });
});

async function addOwn(lab: LabTools): Promise<void> {
  await lab.api.post(
    '/containers/create?name=agrees-created',
    createBody({ name: '', memoryBytes: 1 << 24 }, busyboxImage),
  );
  await lab.runContainer({ name: 'agrees-exited', command: ['sh', '-c', 'exit 7'] });
  await lab.runContainer({ name: 'agrees-host', networks: ['host'] });
  await lab.runContainer({ name: 'agrees-none', networks: ['none'] });
  await lab.runContainer({ name: 'agrees-paused', memoryBytes: 32 << 20 });
  await lab.api.post('/containers/agrees-paused/pause');
  const body = {
    ...createBody({ name: '', labels: { 'binnacle.protect': 'true' } }, busyboxImage),
    ExposedPorts: { '5000/tcp': {}, '5000/udp': {}, '6000/tcp': {}, '7000/udp': {} },
    HostConfig: {
      PortBindings: {
        '5000/tcp': [
          { HostIp: '127.0.0.1', HostPort: '' },
          { HostIp: '127.0.0.2', HostPort: '' },
        ],
        '7000/udp': [{ HostIp: '127.0.0.1', HostPort: '' }],
      },
    },
  };
  await lab.api.post('/containers/create?name=agrees-ports', body);
  await lab.api.post('/containers/agrees-ports/start');
}

const argumentsFor = ({ target, clientKeyFile, knownHostsFile }: LabTools) => [
  'status',
  target,
  '--identity',
  clientKeyFile,
  '--known-hosts',
  knownHostsFile,
  '--json',
];

interface Asked {
  readonly end: CliEnd;
  readonly docker: readonly DockerContainer[];
  readonly startedAt: number;
  readonly stats: DockerStats['figures'];
}

/**
 * Both asked about the same state of things: the docker client before and after Binnacle, until both times it says the
 * same. What changes by itself is the container in a restart loop, which the engine leaves alone for up to a minute,
 * and health checks that are late: no field of any container has to be left out.
 */
async function asked(lab: LabTools): Promise<Asked> {
  await using stats = startDockerStats(lab);
  for (let attempt = 1; ; attempt += 1) {
    const before = await dockerView(lab);
    const running = before.filter(({ state }) => state === 'running' || state === 'paused').map(({ id }) => id);
    // Its first figures are from before it was started, or none.
    const began = await stats.until(running, attempt === 1 ? Date.now() + 1_500 : 0);
    const startedAt = Date.now();
    const end = await runCli(argumentsFor(lab));
    const went = await stats.until(running, Date.now());
    const docker = await dockerView(lab);
    const quiet = began && went && JSON.stringify(before) === JSON.stringify(docker);
    if (quiet) return { end, docker, startedAt, stats: new Map(stats.figures) };
    if (attempt === 10) throw new Error('The lab did not keep still for the time of one command.');
  }
}

function containersOf(document: StatusDocument): { app: string; container: Container }[] {
  return document.hosts.flatMap(({ apps }) =>
    apps.flatMap(({ name, containers }) => containers.map((container) => ({ app: name, container }))),
  );
}

const plan = new Map(
  fleetPlan({ containers: 60, databases: true }).containers.map((planned) => [planned.spec.name, planned]),
);

function expected({ labels, ...docker }: DockerContainer) {
  const planned = plan.get(docker.name);
  const judged = planned === undefined ? OWN[docker.name] : JUDGED[planned.state];
  if (judged === undefined) throw new Error(`${docker.name} is neither of the plan nor of this test.`);
  const hasLoad = docker.state === 'running' || docker.state === 'paused';
  const marked = labels['binnacle.protect'] === 'true' ? 'label' : null;
  const protection = planned !== undefined && isDatabase(planned) ? 'database' : marked;
  return {
    app: appOf({ name: docker.name, labels }),
    ...docker,
    service: labels['com.docker.compose.service'] ?? docker.name,
    ...judged,
    provisional: false,
    cpuPercent: hasLoad ? 'a number' : null,
    memoryBytes: hasLoad ? 'a number' : null,
    protected: protection !== null,
    protection,
    planned: null,
  };
}

function appOf({ name, labels }: Pick<DockerContainer, 'name' | 'labels'>): string {
  return labels['com.docker.compose.project'] ?? name;
}

async function engineOf({ docker }: LabTools): Promise<object> {
  const [version, apiVersion] = (await docker(['version', '--format', '{{.Server.Version}} {{.Server.APIVersion}}']))
    .trim()
    .split(' ');
  return { name: 'docker', version, apiVersion };
}

function sentenceOf(docker: readonly DockerContainer[]): RegExp {
  const all = docker.map((container) => ({ ...container, ...expected(container) }));
  const count = (verdict: Verdict) => all.filter((container) => container.verdict === verdict).length;
  const running = all.filter(({ state }) => state === 'running');
  const green = running.filter(({ verdict }) => verdict === 'green');
  const unchecked = green.filter(({ health }) => health === 'none').length;
  const hidden = ['stopped', 'finished', 'not started'] as const;
  const hiddenAs = { stopped: ['stopped'], finished: ['finished', 'exited 0'], 'not started': ['created'] };
  const parts = [
    `${count('down')} down, ${count('attention')} need attention`,
    `${green.length} of ${running.length} running are green \\(${unchecked} unchecked\\)`,
    ...hidden
      .map((word) => ({ word, count: all.filter(({ reason }) => hiddenAs[word].includes(reason)).length }))
      .filter((part) => part.count > 0)
      .map((part) => `${part.count} ${part.word}`),
    `${new Set(all.map(({ app }) => app)).size} apps`,
    '1 host',
    '\\d+ s ago',
  ];
  return new RegExp(`^${parts.join(' · ')}$`);
}

/** Points by which a figure may differ from docker's, of one core or of the memory limit. */
const POINTS = 2;

/** Whose load is not what docker printed in the same seconds; each a sentence. */
function disagreeing(
  containers: readonly { readonly container: Container }[],
  stats: DockerStats['figures'],
  startedAt: number,
): string[] {
  return containers.flatMap(({ container: { id, name, cpuPercent, memoryBytes } }) => {
    if (cpuPercent === null || memoryBytes === null) return [];
    // The figure printed first in this time is of the second before.
    const printed = (stats.get(id) ?? []).filter(({ at }) => at >= startedAt);
    const cpu = means(printed).some((mean) => Math.abs(mean - cpuPercent) <= POINTS);
    const memory = printed.some(
      (figures) => Math.abs(figures.memoryBytes - memoryBytes) <= (figures.limitBytes * POINTS) / 100,
    );
    const all = JSON.stringify(printed.map(({ at: _, ...figures }) => Object.values(figures)));
    return [
      ...(cpu ? [] : [`${name}: ${cpuPercent} % of a core, docker printed ${all}`]),
      ...(memory ? [] : [`${name}: ${memoryBytes} bytes, docker printed ${all}`]),
    ];
  });
}

/** Binnacle's rate is over one to three seconds: docker's figures of as many, printed twice a second. */
function means(printed: readonly DockerFigures[]): number[] {
  return printed.flatMap((_, first) =>
    Array.from({ length: Math.min(6, printed.length - first) }, (__, more) => {
      const span = printed.slice(first, first + more + 1);
      return span.reduce((sum, { cpuPercent }) => sum + cpuPercent, 0) / span.length;
    }),
  );
}
