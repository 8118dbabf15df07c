import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FaultyWay, faultyWay } from '../../lab/faulty-way.ts';
import type { LabTools } from '../../lab/lab-access.ts';
import { type Sshd, startSshd } from '../../lab/sshd.ts';
import { openLink } from '../engine/link.ts';
import { systemClock as clock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { createSshConfig } from '../ssh/config/ssh-config.ts';
import { connectSsh } from '../ssh/connection.ts';
import type { SshPrompts } from '../ssh/connection-types.ts';
import { createHopPool } from '../ssh/hop-pool.ts';
import { createHostKeyPolicy } from '../ssh/host-keys/host-key-policy.ts';
import { formatTarget, parseTarget } from '../ssh/target.ts';
import { FleetService } from './fleet-service.ts';
import type { FleetMember } from './followed-host.ts';

export interface FaultedFleet extends AsyncDisposable {
  readonly fleet: FleetService;
  /** One for each host, in the same order. */
  readonly ways: readonly FaultyWay[];
  readonly hostIds: readonly string[];
  /** The server they all lead to. */
  readonly sshd: Sshd;
  /** What was thrown that is no AppError: bugs. */
  readonly bugs: readonly unknown[];
}

/** A real fleet of as many hosts, each the lab's engine by a way of its own that fails when it is told to. */
export async function faultedFleet(lab: LabTools, hosts: number, random: () => number): Promise<FaultedFleet> {
  await using undo = new AsyncDisposableStack();
  // Connections whose far end is in a black hole wait for their login at sshd: in life, each at its own. And what it says is
  // kept here, where memory is counted.
  const sshd = undo.use(await startSshd({ extraConfig: ['MaxStartups 1000', 'LogLevel INFO'] }));
  const { host, port, user, knownHostsFile, clientKeyFile } = sshd;
  const door = { ...lab, host, port, user, knownHostsFile, clientKeyFile };
  const ways: FaultyWay[] = [];
  for (let each = 0; each < hosts; each += 1) ways.push(undo.use(await faultyWay(door)));

  const home = await mkdtemp(join(tmpdir(), 'binnacle-faulted-'));
  undo.defer(() => rm(home, { recursive: true, force: true }));
  const config = createSshConfig({
    userFile: null,
    systemFile: null,
    homeDir: home,
    defaultUser: user,
    agentSocket: null,
    environment: {},
  });
  const policy = createHostKeyPolicy({
    userFiles: ways.map((way) => way.knownHostsFile),
    systemFiles: [],
    ownFile: join(home, 'known_hosts'),
    ownFolder: { check: async () => {}, open: async () => {} },
  });
  const hops = undo.use(createHopPool({ clock }));
  const members = ways.map((way): FleetMember => {
    const target = parseTarget(way.target);
    if (target.kind !== 'ssh') throw new Error('a way leads to another machine');
    return {
      id: randomUUID(),
      target: formatTarget(target),
      label: `by port ${way.port}`,
      mode: 'observe',
      rates: { changesPerMinute: 10, destroysPerMinute: 3 },
      preferences: { pinned: [], protected: [], accepted: [], apps: {} },
      connector: {
        async connect(signal, mode, onPhase) {
          onPhase({ state: 'connecting' });
          const route = await config.route(target, { identityFiles: [clientKeyFile] });
          const onEvent = (event: { readonly kind: string; readonly step: string }) => {
            if (event.kind === 'begun' && event.step === 'authenticate') onPhase({ state: 'authenticating' });
          };
          const connection = await connectSsh({ route, policy, prompts: nobody, hops, mode, clock, signal, onEvent });
          return await openLink(connection, target.engine, { mode, signal, clock });
        },
      },
    };
  });
  const bugs: unknown[] = [];
  const toAppError = (error: unknown) => {
    if (error instanceof AppError) return error;
    bugs.push(error);
    return new AppError('INTERNAL', String(error));
  };
  const intervals = { refreshMs: 10_000, sampleMs: 5_000 };
  const fleet = undo.use(new FleetService({ members, intervals, retry: true, clock, random, toAppError }));
  const owned = undo.move();
  return {
    fleet,
    ways,
    hostIds: members.map(({ id }) => id),
    sshd,
    bugs,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Everything needed is known beforehand: a question would be a mistake, and finds nobody. */
const nobody: SshPrompts = {
  acceptHostKey: async () => 'unanswerable',
  passphrase: async () => null,
  password: async () => null,
  challenge: async () => null,
  wrongPassword: () => {},
};
