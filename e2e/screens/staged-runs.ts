import type { Plan, Run, RunStep, Unlock } from '#contract/actions.ts';
import { worstVerdict } from '../../src-main/fleet/verdict.ts';
import { uuid } from '../../src-main/router/services.fixture.ts';
import type { HostSnapshot } from '../../src-main/router/services.ts';
import { ago, atlas, borealis, MINUTE } from './staged-fleet.ts';

const SECOND = 1_000;
export const ATLAS = uuid(1);

type Container = HostSnapshot['containers'][number]['container'];

/** Atlas, where changes are allowed, with one of its services in trouble. */
export function operatedAtlas(change: (service: string, one: Container) => Container = (_service, one) => one) {
  const { host, containers } = atlas();
  const changed = containers.map(({ app, container }) => ({
    app,
    container: change(container.service, ill(container)),
  }));
  return {
    host: {
      ...host,
      mode: 'operate',
      verdict: worstVerdict(changed.map(({ container }) => container.verdict)),
    } as const,
    containers: changed,
  };
}

function ill(one: Container): Container {
  if (one.service !== 'api') return one;
  const reason = 'unhealthy: GET /health answered 503 “db pool exhausted”';
  return { ...one, verdict: 'down', health: 'unhealthy', reason };
}

export function operatedBorealis(): HostSnapshot {
  const { host, containers } = borealis();
  return { host: { ...host, mode: 'operate', denied: ['restart'] }, containers };
}

/** The id of a container of atlas. */
export function idOf(service: string): string {
  return atlas().containers.find(({ container }) => container.service === service)?.container.id ?? '';
}

export function restartPlan(change: Partial<Plan> = {}): Plan {
  const id = idOf('api');
  const short = id.slice(0, 4);
  return {
    id: uuid(701),
    action: 'container.restart',
    hostId: ATLAS,
    title: 'Restart shop / api on atlas',
    steps: [
      { text: 'Stop api (SIGTERM, 10 s)', request: `POST /containers/${short}…/restart?t=10`, containerId: id },
      { text: 'Start it again, same configuration', request: null, containerId: id },
      { text: 'Wait until healthy, at most 90 s', request: `GET /containers/${short}…/json`, containerId: id },
    ],
    leftOut: [],
    affects: ['web depends on api', 'web shares the network shop_default with it'],
    took: { medianMs: 6_100, runs: 5 },
    command: 'ssh ops@atlas.example.org docker restart --time 10 shop-api-1',
    unlock: null,
    // A little less than the two minutes it was made for: somebody has read it.
    expiresAt: ago(-112 * SECOND),
    ...change,
  };
}

export function appPlan(): Plan {
  const services = ['api', 'web'];
  return restartPlan({
    action: 'app.restart',
    title: 'Restart shop on atlas',
    steps: services.flatMap((service) => {
      const containerId = idOf(service);
      const path = `/containers/${containerId.slice(0, 4)}…`;
      return [
        { text: `Stop ${service} (SIGTERM, 10 s)`, request: `POST ${path}/restart?t=10`, containerId },
        { text: `Start ${service} again, same configuration`, request: null, containerId },
        { text: `Wait until ${service} is healthy, at most 90 s`, request: `GET ${path}/json`, containerId },
      ];
    }),
    leftOut: ['postgres', 'redis'].map((service) => ({
      containerId: idOf(service),
      service,
      why: 'protected' as const,
    })),
    affects: ['Ports 80 and 443 do not answer while web is down'],
    took: { medianMs: 21_400, runs: 2 },
    command:
      'ssh ops@atlas.example.org docker restart --time 10 shop-api-1 && \\\nssh ops@atlas.example.org docker restart --time 10 shop-web-1',
  });
}

export function stopUnlock(): Unlock {
  return {
    hostId: ATLAS,
    containerId: idOf('postgres'),
    action: 'container.stop',
    reason: 'copying its volume before the upgrade',
    until: ago(-272 * SECOND),
  };
}

function step(
  text: string,
  state: RunStep['state'],
  fromMs: number | null,
  toMs: number | null,
  note?: string,
): RunStep {
  return {
    text,
    request: null,
    containerId: idOf(/\bweb\b/.test(text) ? 'web' : 'api'),
    state,
    startedAt: fromMs === null ? null : ago(fromMs),
    endedAt: toMs === null ? null : ago(toMs),
    note: note ?? null,
  };
}

/** A run of atlas that was begun `agoMs` ago. */
function run(number: number, title: string, agoMs: number, tookMs: number | null, change: Partial<Run>): Run {
  return {
    id: uuid(800 + number),
    action: 'container.restart',
    hostId: ATLAS,
    title,
    app: 'shop',
    containerIds: [idOf('api')],
    reason: null,
    state: 'succeeded',
    startedAt: ago(agoMs),
    endedAt: tookMs === null ? null : ago(agoMs - tookMs),
    message: null,
    found: null,
    cancelling: false,
    steps: [],
    ...change,
  };
}

const STOP = 'Stop api (SIGTERM, 10 s)';
const START = 'Start it again, same configuration';
const HEALTHY = 'Wait until healthy, at most 90 s';
const RESTART = 'Restart shop / api on atlas';

export const underWay = (): Run =>
  run(1, RESTART, 4 * SECOND, null, {
    state: 'running',
    reason: 'pool exhausted since 09:12',
    steps: [
      step(STOP, 'done', 4 * SECOND, 2.8 * SECOND, 'exit 0 after 1.2 s'),
      step(START, 'done', 2.8 * SECOND, 2.4 * SECOND),
      step(HEALTHY, 'running', 2.4 * SECOND, null, 'starting'),
    ],
  });

export const cancelling = (): Run =>
  run(6, 'Restart shop on atlas', 9 * SECOND, null, {
    action: 'app.restart',
    state: 'running',
    cancelling: true,
    steps: [
      step(STOP, 'done', 9 * SECOND, 7.8 * SECOND, 'exit 0 after 1.2 s'),
      step('Start api again, same configuration', 'done', 7.8 * SECOND, 7.4 * SECOND),
      step('Wait until api is healthy, at most 90 s', 'running', 7.4 * SECOND, null, 'starting'),
      step('Stop web (SIGTERM, 10 s)', 'waiting', null, null),
      step('Start web again, same configuration', 'waiting', null, null),
      step('Wait until web is healthy, at most 90 s', 'waiting', null, null),
    ],
  });

export const succeeded = (): Run =>
  run(2, RESTART, MINUTE, 6_200, {
    message: 'It is running and healthy.',
    reason: 'pool exhausted since 09:12',
    steps: [
      step(STOP, 'done', MINUTE, MINUTE - 1_200, 'exit 0 after 1.2 s'),
      step(START, 'done', MINUTE - 1_200, MINUTE - 1_600),
      step(HEALTHY, 'done', MINUTE - 1_600, MINUTE - 6_200, 'healthy'),
    ],
  });

export const failed = (): Run =>
  run(3, RESTART, 2 * MINUTE, 95_400, {
    state: 'failed',
    message: 'It runs, and its health check has not passed within 90 s: GET /health answered 503.',
    steps: [
      step(STOP, 'done', 2 * MINUTE, 2 * MINUTE - 5_000, 'exit 137: it was killed after 5 s'),
      step(START, 'done', 2 * MINUTE - 5_000, 2 * MINUTE - 5_400),
      step(HEALTHY, 'failed', 2 * MINUTE - 5_400, 2 * MINUTE - 95_400, 'unhealthy: 503 “db pool exhausted”'),
    ],
  });

export const lost = (found: string | null): Run =>
  run(4, 'Stop shop / postgres on atlas', 3 * MINUTE, 8_000, {
    action: 'container.stop',
    containerIds: [idOf('postgres')],
    state: 'unknown',
    reason: 'copying its volume before the upgrade',
    message: 'The connection to atlas was lost while it was under way. It is not tried again by itself.',
    found,
    steps: [step('Stop postgres (SIGTERM, 60 s)', 'unknown', 3 * MINUTE, 3 * MINUTE - 8_000)],
  });

export const cancelled = (): Run =>
  run(5, 'Restart shop on atlas', 12 * MINUTE, 7_100, {
    action: 'app.restart',
    state: 'cancelled',
    message: 'api was restarted; web was left as it was.',
    steps: [
      step(STOP, 'done', 12 * MINUTE, 12 * MINUTE - 1_200, 'exit 0 after 1.2 s'),
      step('Start api again, same configuration', 'done', 12 * MINUTE - 1_200, 12 * MINUTE - 1_700),
      step('Wait until api is healthy, at most 90 s', 'done', 12 * MINUTE - 1_700, 12 * MINUTE - 7_100, 'healthy'),
      step('Stop web (SIGTERM, 10 s)', 'skipped', null, null),
      step('Start web again, same configuration', 'skipped', null, null),
      step('Wait until web is healthy, at most 90 s', 'skipped', null, null),
    ],
  });

const MANY = 40;

/** An app of many containers whose restart has come to the eighth. */
export const manyUnderWay = (): Run =>
  run(7, 'Restart mesh on atlas', 74 * SECOND, null, {
    action: 'app.restart',
    app: 'mesh',
    state: 'running',
    reason: 'new certificates',
    steps: Array.from({ length: MANY }, (_, index) => nodeSteps(index)).flat(),
  });

function nodeSteps(index: number): RunStep[] {
  const of = (text: string, state: RunStep['state'], fromMs: number | null, toMs: number | null, note?: string) => ({
    ...step(text, state, fromMs, toMs, note),
    containerId: `${index}`.padStart(2, '0').repeat(32),
  });
  const begun = 74 * SECOND - index * 10 * SECOND;
  const name = `node-${index + 1}`;
  const texts = [`Stop ${name} (SIGTERM, 10 s)`, `Start ${name} again, same configuration`];
  const wait = `Wait until ${name} is healthy, at most 90 s`;
  if (begun < 0) return [...texts, wait].map((text) => of(text, 'waiting', null, null));
  return [
    of(texts[0] ?? '', 'done', begun, begun - 1_200, 'exit 0 after 1.2 s'),
    of(texts[1] ?? '', 'done', begun - 1_200, begun - 1_600),
    begun < 10 * SECOND
      ? of(wait, 'running', begun - 1_600, null, 'starting')
      : of(wait, 'done', begun - 1_600, begun - 9_400),
  ];
}

/** Its containers. */
export function mesh(): HostSnapshot['containers'] {
  const [like] = atlas().containers;
  if (like === undefined) throw new Error('Atlas has no containers.');
  return Array.from({ length: MANY }, (_, index) => {
    const service = `node-${index + 1}`;
    const container = {
      ...like.container,
      id: `${index}`.padStart(2, '0').repeat(32),
      name: `mesh-${service}-1`,
      service,
      // One at a time is being changed; the others are judged as ever.
      ...(index === 7
        ? { planned: 'restarting' as const, health: 'starting' as const, reason: 'restarting, planned' }
        : {}),
    };
    return { app: 'mesh', container };
  });
}
