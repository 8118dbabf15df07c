import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, systemClock } from '../kernel/clock.ts';
import { type DemoControls, demoControls } from './controls.ts';
import { createEngineServer } from './engine-server.ts';
import { makeKeys } from './keys.ts';
import { type DemoPlan, demoPlan } from './plan.ts';
import { Simulation } from './simulation.ts';
import { DEMO_USER, openSshHost } from './ssh-host.ts';
import { Timetable } from './timetable.ts';

export interface DemoOptions {
  readonly clock?: Clock;
  /** In [0, 1), as Math.random: what it gives decides what everything in the demo does. */
  readonly random?: () => number;
  readonly plan?: DemoPlan;
  /** In which the demo makes its own folder; default: the system's for temporary files. */
  readonly folder?: string;
}

export interface DemoHost {
  /** UUID; the same in each run. */
  readonly id: string;
  readonly label: string;
  /** `ssh://demo@127.0.0.1:PORT` */
  readonly target: string;
  readonly identityFile: string;
  /** `SHA256:…` */
  readonly hostKeyFingerprint: string;
}

/** A fleet that is not there. Disposing it closes its ports and removes its folder. */
export interface Demo extends AsyncDisposable {
  readonly hosts: readonly DemoHost[];
  readonly folder: string;
  readonly controls: DemoControls;
}

/** Starts one SSH server for each host of the plan, on loopback, each in front of a simulated engine. */
export async function startDemo(options: DemoOptions = {}): Promise<Demo> {
  const { clock = systemClock, random = Math.random, plan = demoPlan } = options;
  await using cleanup = new AsyncDisposableStack();
  const folder = await mkdtemp(join(options.folder ?? tmpdir(), 'binnacle-demo-'));
  // Tried again where somebody who was given the folder still writes into it.
  cleanup.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }));
  const keys = await makeKeys(folder);
  const timetable = cleanup.use(new Timetable(clock));
  const simulations = new Map<string, Simulation>();
  const hosts: DemoHost[] = [];
  for (const planned of plan.hosts) {
    const simulation = cleanup.use(new Simulation(planned, { clock, timetable, random, wobble: plan.wobble }));
    const { port } = cleanup.use(await openSshHost(createEngineServer(simulation), keys));
    const id = uuidOf(planned.label);
    simulations.set(id, simulation);
    hosts.push({
      id,
      label: planned.label,
      target: `ssh://${DEMO_USER}@127.0.0.1:${port}`,
      identityFile: keys.identityFile,
      hostKeyFingerprint: keys.hostKeyFingerprint,
    });
  }
  const controls = demoControls(simulations);
  const owned = cleanup.move();
  return { hosts, folder, controls, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Like a random one (RFC 9562, version 8), and the same for the same words. */
function uuidOf(label: string): string {
  const hex = createHash('sha256').update(`binnacle demo ${label}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
