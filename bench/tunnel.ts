import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { LabAccess } from '../lab/lab-access.ts';
import { type Figures, ratio, timeInTurn } from './measure.ts';
import {
  binnacle,
  DOCKER,
  dockerCli,
  dockerodeSsh,
  dockerSshArgs,
  dockerSshEnv,
  localSocket,
  type Peer,
} from './peers.ts';

const ROUNDS = 20;
const PINGS = 500;
/** Seconds each: as many as show the order of magnitude. */
const SLOW = 3;

type PeerName = 'localSocket' | 'dockerCliSsh' | 'dockerodeSsh' | 'binnacle';

interface Comparison {
  readonly milliseconds: Readonly<Record<PeerName, Figures>>;
  /** Binnacle's median over each peer's: below 1 it is faster. */
  readonly binnacleTo: Readonly<Partial<Record<PeerName, number | null>>>;
}

/**
 * The four ways to an engine side by side in one run. dockerode's own ssh opens a connection for each request, which
 * sshd's MaxStartups does not survive: its failures are results.
 */
export async function benchTunnel(lab: LabAccess, progress: (line: string) => void) {
  await using ours = await binnacle(lab);
  const peers: Record<PeerName, Peer> = {
    localSocket: localSocket(lab),
    dockerCliSsh: await dockerCli(lab),
    dockerodeSsh: await dockerodeSsh(lab),
    binnacle: ours,
  };
  const running = (await ours.client.list(new AbortController().signal)).filter(({ state }) => state === 'running');
  const ids = running.slice(0, 60).map(({ id }) => id);
  const compare = async (
    what: string,
    ask: (peer: Peer) => Promise<unknown>,
    fewer: Partial<Record<PeerName, number>>,
    rounds = ROUNDS,
  ): Promise<Comparison> => {
    progress(`${what} …`);
    const tasks = Object.fromEntries(Object.entries(peers).map(([name, peer]) => [name, () => ask(peer)]));
    const milliseconds = await timeInTurn(tasks as Record<PeerName, () => Promise<unknown>>, rounds, fewer);
    const { localSocket, dockerCliSsh, dockerodeSsh } = milliseconds;
    return {
      milliseconds,
      binnacleTo: {
        localSocket: ratio(milliseconds.binnacle, localSocket),
        dockerCliSsh: ratio(milliseconds.binnacle, dockerCliSsh),
        dockerodeSsh: ratio(milliseconds.binnacle, dockerodeSsh),
      },
    };
  };
  const list = await compare('list', (peer) => peer.list(), { dockerCliSsh: SLOW, dockerodeSsh: SLOW });
  const inspect = await compare(`inspect × ${ids.length}`, (peer) => peer.inspect(ids), {
    dockerCliSsh: SLOW,
    dockerodeSsh: SLOW,
  });
  const stats = await compare(
    `stats × ${ids.length}`,
    (peer) => peer.stats(ids),
    { dockerCliSsh: 1, dockerodeSsh: 1 },
    ROUNDS,
  );
  // The client starts a process for each: 500 at once would measure the machine's memory.
  const pings = await compare(
    `${PINGS} pings`,
    (peer) => peer.pings(peer === peers.dockerCliSsh ? 5 : PINGS),
    { dockerCliSsh: 1, dockerodeSsh: 1 },
    ROUNDS,
  );
  return {
    containers: ids.length,
    list,
    inspect,
    stats,
    pings: { ...pings, note: 'docker -H ssh:// was asked for 5 at once, the others for 500' },
    sentence: await benchSentence(lab, progress),
  };
}

/** Whole processes, from start to the answer: our sentence (first line of a watch) against `docker -H ssh:// ps`. */
async function benchSentence(lab: LabAccess, progress: (line: string) => void) {
  progress('time to the sentence …');
  const env = await dockerSshEnv(lab);
  const bin = join(import.meta.dirname, '../bin/binnacle.mjs');
  const options = [
    '--identity',
    lab.clientKeyFile,
    '--known-hosts',
    lab.knownHostsFile,
    '--home',
    join(lab.folder, 'home'),
  ];
  const milliseconds = await timeInTurn(
    {
      dockerPs: () => promisify(execFile)(DOCKER, [...dockerSshArgs(lab), 'ps'], { env }),
      sentence: () => firstLine(process.execPath, [bin, 'status', lab.target, '--watch', ...options]),
    },
    ROUNDS,
  );
  return { milliseconds, sentenceToDockerPs: ratio(milliseconds.sentence, milliseconds.dockerPs) };
}

/** Resolves at the first output that holds the sentence; the process is then ended, outside of what is measured. */
async function firstLine(command: string, args: readonly string[]): Promise<void> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stderr.on('data', (chunk) => {
    output += chunk;
  });
  try {
    await new Promise<void>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', () => reject(new Error(`it ended without a sentence: ${output}`)));
      child.stdout.on('data', (chunk) => {
        output += chunk;
        if (/ running/.test(output)) resolve();
      });
    });
  } finally {
    child.kill('SIGKILL');
  }
}
