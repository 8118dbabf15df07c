import type { App, Container, Fleet, Host } from '#contract/fleet.ts';

export const SINCE = '2027-01-15T08:00:00.000Z';

/** A healthy container of the app `shop`. */
export function container(over: Partial<Container> = {}): Container {
  return {
    id: 'a'.repeat(64),
    name: 'shop-api-1',
    service: 'api',
    image: 'shop/api:1',
    state: 'running',
    health: 'healthy',
    verdict: 'green',
    reason: 'healthy',
    provisional: false,
    exitCode: null,
    restarts: 0,
    startedAt: SINCE,
    cpuPercent: null,
    memoryBytes: null,
    memoryLimitBytes: null,
    ports: [],
    networks: [],
    protected: false,
    protection: null,
    planned: null,
    ...over,
  };
}

export function app(name: string, containers: readonly Container[], verdict: App['verdict'] = 'green'): App {
  return { name, verdict, containers: [...containers] };
}

/** A live host; its id ends with `digit`. */
export function host(digit: number, over: Partial<Host> = {}): Host {
  return {
    id: `00000000-0000-4000-8000-00000000000${digit}`,
    target: `ssh://ops@atlas${digit}`,
    status: { state: 'live', since: SINCE },
    verdict: 'green',
    engine: { name: 'docker', version: '27.3.1', apiVersion: '1.47' },
    latencyMs: 8.1,
    freshAt: SINCE,
    apps: [],
    ...over,
  };
}

export function fleet(hosts: readonly Host[], over: Partial<Fleet> = {}): Fleet {
  return { verdict: 'green', sentence: 'All green · 2 s ago', hosts: [...hosts], ...over };
}

export const offline: Extract<Host['status'], { state: 'offline' }> = {
  state: 'offline',
  since: SINCE,
  code: 'CONNECT_REFUSED',
  message: 'Nobody listens on port 22.',
  attempt: 3,
  nextTryAt: null,
};

/** What a hostile host may put into every text: escapes, a title, line breaks, bidi marks, markup, NUL. */
export const HOSTILE = '\u001b[31mred\u001b]0;owned\u0007\r\n\u202egnp.exe\u0000\u200b<img src=x>\u009b2J';
