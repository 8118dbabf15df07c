import type { ContainerHealth, ContainerState } from '#contract/fleet.ts';

interface StatusText {
  readonly health: Exclude<ContainerHealth, 'none'> | null;
  readonly exitCode: number | null;
}

/**
 * What the list's `Status` says beside the state, as moby writes it (container/state.go, String): `Up 3 minutes
 * (unhealthy)`, `Up 2 seconds (health: starting)`, `Exited (137) 2 minutes ago`, `Restarting (1) 5 seconds ago`.
 */
export function readStatusText(status: string): StatusText {
  const code = /^(?:Exited|Restarting) \((-?\d{1,10})\)/.exec(status)?.[1];
  const health = /^Up .*\((?:health: )?(starting|healthy|unhealthy)\)$/.exec(status)?.[1];
  return {
    health: (health as StatusText['health'] | undefined) ?? null,
    exitCode: code === undefined ? null : Number(code),
  };
}

/** An engine's word for a state. Podman has more of them than Docker (libpod/define/containerstate.go). */
export function containerState(word: string | null | undefined): ContainerState {
  return STATES[word?.toLowerCase() ?? ''] ?? 'unknown';
}

const STATES: Readonly<Record<string, ContainerState>> = {
  __proto__: null as never,
  created: 'created',
  running: 'running',
  paused: 'paused',
  restarting: 'restarting',
  removing: 'removing',
  exited: 'exited',
  dead: 'dead',
  configured: 'created',
  initialized: 'created',
  stopping: 'running',
  stopped: 'exited',
};
