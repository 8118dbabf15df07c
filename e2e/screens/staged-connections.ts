import type { ConnectionReport, EngineCost, HopReport } from '#contract/hosts.ts';
import type { FakeServices } from '../../src-main/router/services.fixture.ts';
import { ago, HOUR, MINUTE } from './staged-fleet.ts';
import { FINGERPRINT, OTHER_FINGERPRINT } from './staged-states.ts';

const USER_KEY = 'SHA256:n8Zf0yQm3sVbKp5xJ1uWcR7tHd2gLaEo9iTqYkNwBzM';
const MIB = 1024 ** 2;

/** A machine as one would have it. */
export function aHop(machine: string, change: Partial<HopReport> = {}): HopReport {
  return {
    machine,
    address: '192.0.2.7',
    software: 'OpenSSH_9.2p1 Debian-2+deb12u3',
    since: ago(3 * HOUR),
    hostKey: { type: 'ssh-ed25519', fingerprint: FINGERPRINT },
    login: { method: 'agent', label: 'ops@desk', fingerprint: USER_KEY },
    algorithms: {
      kex: 'curve25519-sha256',
      hostKey: 'ssh-ed25519',
      cipher: 'aes256-gcm@openssh.com',
      mac: null,
    },
    weak: [],
    sharedBy: 1,
    bytes: { received: 41.3 * MIB, sent: 2.7 * MIB },
    ...change,
  };
}

const cost = (
  call: string,
  count: number,
  medianMs: number | null,
  slowestMs: number | null,
  bytes: number,
  failed = 0,
): EngineCost => ({ call, count, failed, medianMs, slowestMs, bytes });

const COSTS: readonly EngineCost[] = [
  cost('list containers', 1_084, 11, 96, 38.4 * MIB),
  cost('inspect a container', 214, 9, 61, 3.1 * MIB),
  cost('sample load', 12_720, 14, 212, 61.8 * MIB),
  cost('follow events', 1, 8, 8, 84_120),
  cost('read a log', 3, 22, 40, 1.9 * MIB),
  cost('version', 1, 7, 7, 1_204),
];

/** Straight to the host, whose sshd forwards the socket. */
export function aReport(change: Partial<ConnectionReport> = {}): ConnectionReport {
  return {
    hops: [aHop('ops@atlas.example.org:22')],
    via: 'stream-local',
    endpoint: '/var/run/docker.sock',
    channels: { open: 3, opened: 14_022, refused: 0, most: null },
    costs: [...COSTS],
    notes: [],
    ...change,
  };
}

/** Over a machine that three hosts share, with an sshd nobody has looked at for years. */
export function twoHops(): ConnectionReport {
  return aReport({
    hops: [
      aHop('ops@bastion.example.org:2222', {
        software: 'OpenSSH_7.4',
        address: '198.51.100.20',
        hostKey: { type: 'ssh-rsa', fingerprint: OTHER_FINGERPRINT },
        login: { method: 'key', label: '/home/ops/.ssh/id_rsa', fingerprint: USER_KEY },
        algorithms: {
          kex: 'diffie-hellman-group14-sha1',
          hostKey: 'rsa-sha2-256',
          cipher: 'aes128-ctr',
          mac: 'hmac-sha1',
        },
        weak: [
          {
            name: 'diffie-hellman-group14-sha1',
            why: 'It rests on SHA-1. Allow curve25519-sha256 in its sshd_config.',
          },
          { name: 'hmac-sha1', why: 'It rests on SHA-1. Allow hmac-sha2-256-etm@openssh.com.' },
        ],
        sharedBy: 3,
        bytes: { received: 212 * MIB, sent: 19 * MIB },
      }),
      aHop('ops@10.20.0.7:22', {
        address: null,
        login: { method: 'keyboard-interactive', label: '', fingerprint: null },
      }),
    ],
    notes: [
      'ForwardAgent in /home/ops/.ssh/config:12 was not followed: Binnacle never lends your agent to a host.',
      '1 key of your ssh-agent could not be used: sk-ssh-ed25519@openssh.com (a security key).',
    ],
  });
}

/** Every stream takes a session of sshd, and there are no more. */
export function exhausted(): ConnectionReport {
  return aReport({
    via: 'sudo-dial-stdio',
    channels: { open: 8, opened: 412, refused: 7, most: 8 },
    costs: [
      cost('list containers', 361, 34, 402, 12.8 * MIB),
      cost('inspect a container', 88, 31, 96, 1.2 * MIB),
      cost('sample load', 4_240, 44, 611, 20.6 * MIB, 7),
      cost('follow events', 2, 29, 41, 22_910),
      cost('read a log', 5, 51, 77, 14.4 * MIB),
    ],
  });
}

export function localReport(): ConnectionReport {
  return aReport({
    hops: [],
    via: 'local',
    channels: { open: 2, opened: 612, refused: 0, most: null },
    costs: [
      cost('list containers', 84, 2, 11, 1.8 * MIB),
      cost('sample load', 840, 3, 19, 4.1 * MIB),
      cost('restart a container', 0, null, null, 0),
    ],
  });
}

/** Just connected: nothing has been asked yet. */
export function freshReport(): ConnectionReport {
  return aReport({ hops: [aHop('ops@atlas.example.org:22', { since: ago(MINUTE / 20) })], costs: [] });
}

/** What every host of the staged core says of its connection. */
export function connectedBy(report: () => ConnectionReport | null) {
  return ({ hosts }: FakeServices): void => {
    hosts.connection = () => report();
  };
}
