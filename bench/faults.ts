import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import ssh2 from 'ssh2';
import { type FaultyWay, faultyWay } from '../lab/faulty-way.ts';
import type { LabAccess } from '../lab/lab-access.ts';
import { labTools } from '../lab/lab-access.ts';
import { FleetService } from '../src-main/fleet/fleet-service.ts';
import { fleetMember, passingHost } from '../src-main/hosts/fleet-member.ts';
import { systemClock } from '../src-main/kernel/clock.ts';
import { AppError } from '../src-main/kernel/errors.ts';
import { atMost, type Judged, quantile, rounded } from './figures.ts';
import { benchHost, benchReach, DOCKER, dockerSshArgs, dockerSshEnv, nobody } from './peers.ts';

/** Beyond, a peer is said not to have noticed. */
const PATIENCE_MS = 30_000;
const LOOK_MS = 5;
const ROUNDS = { cut: 10, 'black hole': 5, 'hung engine': 3 } as const;
type Fault = keyof typeof ROUNDS;
/** What is promised (DESIGN, "What it must cost"), in milliseconds. */
const SEEN_WITHIN: Readonly<Record<Fault, number>> = { cut: 10_000, 'black hole': 10_000, 'hung engine': 8_000 };
const FRESH_WITHIN = 2_000;

type PeerName = 'binnacle' | 'dockerCliSsh' | 'plainSsh2';

/** Something that holds a connection to the engine open, as long as it believes in it. */
interface Follower extends AsyncDisposable {
  /** Resolves when it has noticed that nothing comes any more. */
  readonly noticed: Promise<void>;
  /** Resolves when it shows what is true again: by itself, or, where it cannot, when it is begun anew by hand at once. */
  recovered(): Promise<void>;
}

interface FaultTimes {
  /** From the fault to its being noticed; null: not within 30 s. Median, and all in order. */
  readonly noticedMs: { readonly median: number | null; readonly all: readonly (number | null)[] };
  /** From the way's being well again to facts that are fresh. */
  readonly recoveredMs: { readonly median: number | null; readonly all: readonly (number | null)[] };
}

/**
 * How soon a fault is noticed, and what is shown is true again: Binnacle beside `docker -H ssh:// events` and ssh2 as it
 * comes, all at the same time over ways that fail at the same instant. The peers do not come back by themselves: they
 * are begun anew by hand, without the time a person needs for that.
 */
export async function benchFaults(access: LabAccess, progress: (line: string) => void) {
  const faults: Record<string, Record<PeerName, FaultTimes>> = {};
  const freshAfterTcp: number[] = [];
  for (const [fault, rounds] of Object.entries(ROUNDS) as [Fault, number][]) {
    const times: Record<PeerName, { noticed: (number | null)[]; recovered: (number | null)[] }> = {
      binnacle: { noticed: [], recovered: [] },
      dockerCliSsh: { noticed: [], recovered: [] },
      plainSsh2: { noticed: [], recovered: [] },
    };
    for (let round = 1; round <= rounds; round += 1) {
      progress(`${fault}, round ${round} of ${rounds} …`);
      const { noticed, recovered, afterTcp } = await oneRound(access, fault);
      for (const name of Object.keys(times) as PeerName[]) {
        times[name].noticed.push(noticed[name]);
        times[name].recovered.push(recovered[name]);
      }
      if (afterTcp !== null) freshAfterTcp.push(afterTcp);
    }
    faults[fault] = Object.fromEntries(
      Object.entries(times).map(([name, { noticed, recovered }]) => [
        name,
        { noticedMs: told(noticed), recoveredMs: told(recovered) },
      ]),
    ) as Record<PeerName, FaultTimes>;
  }
  return { faults, judged: judge(faults, freshAfterTcp) };
}

/** The slowest of all rounds is held against what is promised. */
function judge(faults: Readonly<Record<string, Record<PeerName, FaultTimes>>>, freshAfterTcp: readonly number[]) {
  const seen = Object.fromEntries(
    Object.entries(faults).map(([fault, { binnacle }]): [string, Judged] => [
      `${fault}: noticed`,
      atMost(SEEN_WITHIN[fault as Fault], Math.max(...binnacle.noticedMs.all.map((ms) => ms ?? Number.NaN))),
    ]),
  );
  return { ...seen, 'fresh after a TCP connection': atMost(FRESH_WITHIN, Math.max(...freshAfterTcp)) };
}

async function oneRound(access: LabAccess, fault: Fault) {
  const lab = labTools(access);
  await using cleanup = new AsyncDisposableStack();
  const way = async () => cleanup.use(await faultyWay(lab));
  const ways: Record<PeerName, FaultyWay> = {
    binnacle: await way(),
    dockerCliSsh: await way(),
    plainSsh2: await way(),
  };
  const followers: Record<PeerName, Follower> = {
    binnacle: cleanup.use(await followWithBinnacle(access, ways.binnacle)),
    dockerCliSsh: cleanup.use(await followWithDockerCli(access, ways.dockerCliSsh)),
    plainSsh2: cleanup.use(await followWithSsh2(access, ways.plainSsh2)),
  };
  const begin = performance.now();
  breakWay(access, ways, fault);
  cleanup.defer(() => healWay(access, ways, fault));
  const noticed = await each(followers, ({ noticed }) => timed(noticed, begin));
  await healWay(access, ways, fault);
  const healed = performance.now();
  const recovered = await each(followers, (follower) => timed(follower.recovered(), healed));
  // An engine that hung behind a link that stayed is connected to all along.
  const isNew = fault !== 'hung engine' && recovered.binnacle !== null;
  const freshAt = healed + (recovered.binnacle ?? 0);
  // One that was accepted while nothing was let through counts from the moment it is.
  const accepted = ways.binnacle.acceptedAt - performance.timeOrigin;
  const afterTcp = isNew ? rounded(freshAt - Math.max(accepted, healed)) : null;
  return { noticed, recovered, afterTcp };
}

function breakWay({ dockerdPid }: LabAccess, ways: Readonly<Record<PeerName, FaultyWay>>, fault: Fault): void {
  if (fault === 'hung engine') process.kill(dockerdPid, 'SIGSTOP');
  else for (const way of Object.values(ways)) fault === 'cut' ? way.cut() : way.blackHole();
}

async function healWay({ dockerdPid }: LabAccess, ways: Readonly<Record<PeerName, FaultyWay>>, fault: Fault) {
  if (fault === 'hung engine') process.kill(dockerdPid, 'SIGCONT');
  else await Promise.all(Object.values(ways).map((way) => way.heal()));
}

async function followWithBinnacle(access: LabAccess, way: FaultyWay): Promise<Follower> {
  await using cleanup = new AsyncDisposableStack();
  const host = { ...access, target: way.target, knownHostsFile: way.knownHostsFile };
  const reach = benchReach(host, cleanup);
  const id = crypto.randomUUID();
  const { target, identityFiles } = benchHost(host);
  const fleet = cleanup.use(
    new FleetService({
      members: [fleetMember(passingHost(id, target, identityFiles), reach, nobody)],
      intervals: { refreshMs: 10_000, sampleMs: 5_000 },
      retry: true,
      clock: systemClock,
      random: Math.random,
      toAppError: (error) =>
        error instanceof AppError ? error : new AppError('INTERNAL', String(error), { cause: error }),
    }),
  );
  const isLive = () => fleet.access(id).status.state === 'live';
  const becomes = (wanted: boolean) =>
    new Promise<void>((resolve) => {
      const listening = fleet.subscribe(() => look());
      const look = () => {
        if (isLive() !== wanted) return;
        listening[Symbol.dispose]();
        resolve();
      };
      look();
    });
  await becomes(true);
  await fleet.reached('inspected', new AbortController().signal);
  const owned = cleanup.move();
  return {
    noticed: becomes(false),
    // Live is what it says of itself once its list has been read again.
    recovered: () => becomes(true),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** `docker events` over ssh, as people leave it open; and `docker ps` begun by hand when the way is well again. */
async function followWithDockerCli(access: LabAccess, way: FaultyWay): Promise<Follower> {
  const lab = { ...access, host: way.host, port: way.port, knownHostsFile: way.knownHostsFile };
  const env = await dockerSshEnv(lab);
  const begin = (...args: string[]) =>
    spawn(DOCKER, [...dockerSshArgs(lab), ...args], { env, stdio: 'ignore', detached: true });
  const events = begin('events');
  while (way.connections === 0) await sleep(LOOK_MS);
  return {
    noticed: once(events, 'exit').then(() => undefined),
    async recovered() {
      for (;;) {
        const [code] = await once(begin('ps'), 'exit');
        if (code === 0) return;
      }
    },
    async [Symbol.asyncDispose]() {
      // With the ssh it has started.
      if (events.pid !== undefined && events.exitCode === null) process.kill(-events.pid, 'SIGKILL');
    },
  };
}

/** ssh2 as it comes: no keepalive, an events stream over a forwarded socket; begun anew by hand when the way is well again. */
async function followWithSsh2(access: LabAccess, way: FaultyWay): Promise<Follower> {
  const privateKey = await readFile(access.clientKeyFile);
  const clients: ssh2.Client[] = [];
  const connect = async () => {
    const client = new ssh2.Client();
    clients.push(client);
    client.on('error', () => {});
    // Not events.once: that rejects at the first error.
    const ended = new Promise<void>((resolve) => client.once('close', () => resolve()));
    const ready = new Promise<void>((resolve) => client.once('ready', () => resolve()));
    client.connect({ host: way.host, port: way.port, username: access.user, privateKey });
    await Promise.race([ready, ended]);
    return { client, ended };
  };
  const ask = (client: ssh2.Client, path: string) =>
    new Promise<NodeJS.ReadableStream>((resolve, reject) => {
      client.openssh_forwardOutStreamLocal(access.socketPath, (error, channel) => {
        if (error) return reject(error);
        channel.write(`GET ${path} HTTP/1.1\r\nHost: docker\r\n\r\n`);
        channel.once('data', () => resolve(channel));
        channel.resume();
      });
    });
  const { client, ended } = await connect();
  const stream = await Promise.all([ask(client, '/v1.41/events'), ask(client, '/_ping')]).then(([events]) => events);
  return {
    noticed: Promise.race([ended, new Promise<void>((resolve) => stream.once('close', () => resolve()))]),
    async recovered() {
      for (;;) {
        const again = await connect();
        const answered = await Promise.race([
          ask(again.client, '/v1.41/containers/json?all=1').then(
            () => true,
            () => false,
          ),
          again.ended.then(() => false),
        ]);
        if (answered) return;
      }
    },
    async [Symbol.asyncDispose]() {
      for (const each of clients) each.destroy();
    },
  };
}

/** null where it takes longer than anybody waits. */
async function timed(what: Promise<void>, begin: number): Promise<number | null> {
  const late = new AbortController();
  const waited = sleep(PATIENCE_MS, null, { signal: late.signal, ref: true }).catch(() => null);
  const ms = await Promise.race([what.then(() => rounded(performance.now() - begin)), waited]);
  late.abort();
  return ms;
}

async function each<T>(
  followers: Readonly<Record<PeerName, Follower>>,
  ask: (follower: Follower) => Promise<T>,
): Promise<Record<PeerName, T>> {
  const entries = Object.entries(followers).map(async ([name, follower]) => [name, await ask(follower)] as const);
  return Object.fromEntries(await Promise.all(entries)) as Record<PeerName, T>;
}

function told(all: readonly (number | null)[]) {
  const sorted = all.filter((ms) => ms !== null).toSorted((a, b) => a - b);
  // Where half of them never came there is no middle one.
  return { median: sorted.length * 2 > all.length ? quantile(sorted, 0.5) : null, all };
}
