import type { SshAlias, TrialEvent, TrialOffer, TrialStep } from '#contract/hosts.ts';
import type { FakeServices } from '../../src-main/router/services.fixture.ts';
import { FINGERPRINT, OTHER_FINGERPRINT, TROUBLES } from './staged-states.ts';

export const TARGET = 'ssh://ops@atlas.example.org';
export const JUMP = 'ops@bastion.example.org:22';

/** What an operator's ssh_config names, one of them in a way that cannot be followed. */
export const ALIASES: readonly SshAlias[] = [
  alias('atlas', 'ops@atlas.example.org:22'),
  alias('borealis', 'ops@192.0.2.7:2222'),
  alias('cinder', 'ana@10.20.0.7:22', ['bastion']),
  alias('bastion', 'ops@bastion.example.org:22'),
  {
    ...alias('legacy', null),
    problem: {
      where: '/home/ops/.ssh/config:31',
      code: 'SSH_CONFIG_UNSUPPORTED',
      message: '~/.ssh/config:31 has a ProxyCommand, and Binnacle runs no command to reach a host.',
      hint: 'Name the machine on the way with ProxyJump instead.',
    },
  },
  alias('staging-eu', 'deploy@staging.eu.example.org:22', ['bastion', 'gate.eu.example.org']),
  alias('staging-us', 'deploy@staging.us.example.org:22', ['bastion']),
  alias('watchtower', 'root@192.0.2.40:22'),
];

function alias(name: string, machine: string | null, jumps: string[] = []): SshAlias {
  return { name, target: `ssh://${name}`, machine, jumps, problem: null };
}

type Found = readonly [step: TrialStep, ms: number, seen: string];

const OF_HOST: readonly Found[] = [
  ['resolve', 3, '192.0.2.7'],
  ['reach', 14, '192.0.2.7'],
  ['host-key', 22, `ssh-ed25519 ${FINGERPRINT} known`],
  ['authenticate', 61, 'agent: ops@desk'],
  ['forward', 18, 'forwarded by sshd to /var/run/docker.sock'],
  ['socket', 4, '/var/run/docker.sock'],
  ['engine', 12, 'Docker 28.3.2, API 1.51'],
  ['permissions', 19, 'all reads are allowed'],
];

const OF_JUMP: readonly Found[] = [
  ['resolve', 4, '198.51.100.20'],
  ['reach', 31, '198.51.100.20'],
  ['host-key', 20, `ssh-ed25519 ${OTHER_FINGERPRINT} known`],
  ['authenticate', 74, 'key ~/.ssh/id_ed25519'],
];

/** Everything before `step` was passed; `step` is under way. */
export function upTo(step: TrialStep, jump: string | null = null): readonly TrialEvent[] {
  const all = jump === null ? OF_HOST : OF_JUMP;
  const at = all.findIndex(([name]) => name === step);
  return [...passed(all.slice(0, at), jump), { kind: 'begun', step, jump }];
}

function passed(found: readonly Found[], jump: string | null): TrialEvent[] {
  return found.flatMap(([step, ms, seen]): TrialEvent[] => [
    { kind: 'begun', step, jump },
    { kind: 'passed', step, jump, ms, seen },
  ]);
}

/** ssh_config says that the way leads over bastion, and that machine has let us in. */
export function overJump(step: TrialStep): readonly TrialEvent[] {
  const seenFrom: Readonly<Partial<Record<TrialStep, string>>> = { resolve: '10.20.0.7', reach: `through ${JUMP}` };
  const beyond = upTo(step).map(
    (event): TrialEvent => (event.kind === 'passed' ? { ...event, seen: seenFrom[event.step] ?? event.seen } : event),
  );
  return [...passed(OF_JUMP, JUMP), ...beyond];
}

export const ALL_PASSED: readonly TrialEvent[] = passed(OF_HOST, null);

export function reached(change: Partial<Extract<TrialEvent, { kind: 'reached' }>> = {}): TrialEvent {
  return {
    kind: 'reached',
    target: TARGET,
    engine: { name: 'docker', version: '28.3.2', apiVersion: '1.51' },
    via: 'stream-local',
    containers: 31,
    latencyMs: 11,
    fingerprint: FINGERPRINT,
    notes: [],
    offers: [],
    ...change,
  };
}

const SUDO: TrialOffer = {
  target: `${TARGET}?via=sudo-dial-stdio`,
  label: 'Use sudo docker system dial-stdio',
  why: 'ops may run that one command with sudo there, without a password: sudo -n -l lists it.',
};
const ROOTLESS: TrialOffer = {
  target: `${TARGET}/run/user/1000/docker.sock`,
  label: 'Use the rootless socket of ops',
  why: 'There is a socket at /run/user/1000/docker.sock, and ops may use it. It is of another engine than the one at /var/run/docker.sock.',
};

/** It got through by another way than was asked first. */
export const REACHED_BY_COMMAND: readonly TrialEvent[] = [
  ...passed(OF_HOST.slice(0, 4), null),
  ...passed([['forward', 26, 'not by sshd; through docker system dial-stdio']], null),
  ...passed(OF_HOST.slice(5, 7), null),
  ...passed([['permissions', 31, 'all but events']], null),
  reached({
    via: 'dial-stdio',
    latencyMs: 38,
    notes: [
      'sshd does not forward the socket (AllowStreamLocalForwarding no): the docker command stands in, with eight channels at most.',
      'A policy in front of the engine denies events: changes are seen at each refresh, not as they happen.',
    ],
    offers: [ROOTLESS],
  }),
];

const NO_SSH = 'not needed: no SSH';

export const REACHED_LOCALLY: readonly TrialEvent[] = [
  ...(['resolve', 'reach', 'host-key', 'authenticate', 'forward'] as const).map(
    (step): TrialEvent => ({ kind: 'skipped', step, jump: null, why: NO_SSH }),
  ),
  ...passed(
    [
      ['socket', 1, '/var/run/docker.sock'],
      ['engine', 4, 'Podman 4.3.1, API 1.41'],
      ['permissions', 9, 'all reads are allowed'],
    ],
    null,
  ),
  reached({
    target: 'local:',
    engine: { name: 'podman', version: '4.3.1', apiVersion: '1.41' },
    via: 'local',
    containers: 6,
    latencyMs: 2,
    fingerprint: null,
  }),
];

type Stopped = Extract<TrialEvent, { kind: 'stopped' }>;

function stops(
  before: readonly TrialEvent[],
  { code, message, hint }: Pick<Stopped, 'code' | 'message' | 'hint'>,
  change: Partial<Stopped> = {},
): readonly TrialEvent[] {
  const last = before.at(-1);
  const at = last !== undefined && 'step' in last ? { step: last.step, jump: last.jump } : undefined;
  if (at === undefined) throw new Error('A trial stops at a step.');
  return [...before, { kind: 'stopped', ...at, ms: 24, code, message, hint, seen: [], offers: [], ...change }];
}

/** One for each step at which a test can stop: name of its scene, and what is told. */
export const STOPPED = {
  resolve: stops(upTo('resolve'), {
    code: 'ADDRESS_NOT_FOUND',
    message: 'atlas.example.org has no address.',
    hint: 'Check the spelling of the name, and this machine’s DNS.',
  }),
  reach: stops(
    upTo('reach'),
    {
      code: 'CONNECT_REFUSED',
      message: 'Nothing listens on 192.0.2.7 port 22.',
      hint: 'Check the port, and that sshd runs there: systemctl status ssh.',
    },
    { seen: ['connect 192.0.2.7:22: ECONNREFUSED after 14 ms'] },
  ),
  'host-key': stops(upTo('host-key'), TROUBLES.keyChanged, {
    seen: [
      `offered: ssh-ed25519 ${OTHER_FINGERPRINT}`,
      `known: ssh-ed25519 ${FINGERPRINT} (/home/ops/.ssh/known_hosts:14)`,
    ],
  }),
  authenticate: stops(
    upTo('authenticate'),
    {
      code: 'AUTH_FAILED',
      message: 'atlas.example.org let ops in with none of 2 keys.',
      hint: 'Add your public key to ~ops/.ssh/authorized_keys there, or name another key file.',
    },
    {
      ms: 148,
      seen: [
        'offered: ssh-ed25519 ops@desk (ssh-agent): rejected',
        'offered: ssh-rsa /home/ops/.ssh/id_rsa: rejected',
        'not offered: sk-ssh-ed25519@openssh.com (a security key): cannot be used',
        'the host goes on with: publickey',
      ],
    },
  ),
  forward: stops(
    upTo('forward'),
    {
      code: 'FORWARD_REFUSED',
      message: 'sshd on atlas.example.org forwards no sockets (AllowStreamLocalForwarding no).',
      hint: 'Allow it for ops in sshd_config, or reach the engine through the docker command.',
    },
    {
      seen: [
        'open /var/run/docker.sock: administratively prohibited',
        'test -S /var/run/docker.sock: yes; test -w: yes',
        'docker system dial-stdio: answers as ops',
      ],
      offers: [
        {
          target: `${TARGET}?via=dial-stdio`,
          label: 'Use docker system dial-stdio',
          why: 'The docker command on the host reaches the engine: it answered when it was run as ops. It allows eight channels at once.',
        },
      ],
    },
  ),
  socket: stops(upTo('socket'), TROUBLES.socketDenied, {
    seen: [
      'open /var/run/docker.sock: connect failed',
      'test -S: yes; test -w: no; owner root, group docker, mode 660',
      'id: ops, groups ops sudo',
    ],
    offers: [SUDO, ROOTLESS],
  }),
  engine: stops(upTo('engine'), TROUBLES.hung, { ms: 8_004 }),
  permissions: stops(upTo('permissions'), TROUBLES.denied, {
    seen: ['GET /containers/json: 403', 'GET /_ping: 200', 'GET /version: 200'],
  }),
  jump: stops(
    overJump('reach'),
    {
      code: 'JUMP_REFUSED',
      message: 'bastion.example.org opens no connection to 10.20.0.7 port 22.',
      hint: 'See there whether AllowTcpForwarding and PermitOpen let ops through, and whether 10.20.0.7 answers it.',
    },
    { seen: ['direct-tcpip 10.20.0.7:22: administratively prohibited'] },
  ),
  undetermined: stops(
    upTo('socket'),
    {
      code: 'UNDETERMINED',
      message: 'What keeps ops from the engine on atlas.example.org cannot be told.',
      hint: 'Look at what was seen, and try the same by hand: ssh ops@atlas.example.org docker version.',
    },
    {
      seen: [
        'open /var/run/docker.sock: connect failed',
        'test -S /var/run/docker.sock: no answer within 4 s',
        'docker system dial-stdio: exit 126, “permission denied”',
      ],
    },
  ),
} as const satisfies Record<string, readonly TrialEvent[]>;

/** The test tells all that, and is over. */
export function tells(events: readonly TrialEvent[]) {
  return ({ hosts }: FakeServices): void => {
    hosts.test = async function* () {
      yield* events;
    };
  };
}

/** The test comes so far, and stays there until it is left. */
export function staysAt(
  events: readonly TrialEvent[],
  when: (services: FakeServices, trial: string) => void = () => {},
) {
  return (services: FakeServices): void => {
    services.hosts.test = async function* ({ trial }, signal) {
      yield* events;
      when(services, trial);
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    };
  };
}
