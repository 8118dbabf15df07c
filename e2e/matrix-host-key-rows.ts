import { expect } from 'vitest';
import { run } from '../lab/run.ts';
import type { Row, Scene, Stage } from './matrix-row.ts';
import { loginRequests, settledLog } from './matrix-sshd-log.ts';

/** At the machine whose log is looked at, which only these rows go to, one after the other. */
const at = ({ ground: { strange, key } }: Stage) => ({
  target: strange.target(),
  identityFiles: [key.file],
});

/** The engine there is not at its usual place. */
const withEngine = (stage: Stage) => ({
  ...at(stage),
  target: stage.ground.strange.target(stage.ground.lab.socketPath),
});

/** Not one request to log in has reached sshd, whatever was offered to it. */
function nothingSent({ ground: { strange } }: Stage): Pick<Scene, 'afterTrial' | 'afterFollowing'> {
  const from = strange.log().length;
  const look = async () => {
    await settledLog(strange, from);
    expect(loginRequests(strange, from)).toBe(0);
    expect(strange.log().slice(from)).toMatch(/Connection from/);
  };
  return { afterTrial: look, afterFollowing: look };
}

/** The lines of known_hosts there, each begun anew by `name`. */
const known = ({ ground: { strange } }: Stage, name: string) =>
  strange.knownHostsLines().map((line) => line.replace(/^\S+/, name));

const place = ({ ground: { strange } }: Stage) => `[127.0.0.1]:${strange.port}`;

const otherKey = async (stage: Stage) => (await stage.newKey('other')).publicKey;

/** Whether the host is the one that is meant. Nothing is sent to it before that is known. */
export const hostKeyRows: readonly Row[] = [
  {
    area: 'Host key',
    name: 'a hashed `known_hosts`',
    arrange: async (stage) => {
      const knownHosts = await stage.write('hashed', known(stage, place(stage)));
      await run('ssh-keygen', ['-H', '-f', knownHosts]);
      return { ...withEngine(stage), knownHosts };
    },
    expected: { outcome: 'reached', via: 'stream-local' },
  },
  {
    area: 'Host key',
    name: 'patterns, negation and `[host]:port`',
    arrange: async (stage) => ({
      ...withEngine(stage),
      knownHosts: await stage.write('patterns', [
        `[127.0.0.*]:*,!${place(stage)} ${await otherKey(stage)}`,
        ...known(stage, `![10.*]:22,[127.?.0.*]:${stage.ground.strange.port}`),
      ]),
    }),
    expected: { outcome: 'reached', via: 'stream-local' },
  },
  {
    area: 'Host key',
    name: '`HostKeyAlias` and `UserKnownHostsFile`',
    arrange: async (stage) => {
      const file = await stage.write('its-own', known(stage, 'the-strange-one'));
      const lines = ['Host 127.0.0.1', '  HostKeyAlias the-strange-one', `  UserKnownHostsFile ${file}`];
      const config = await stage.write('config', lines);
      return { ...withEngine(stage), config, knownHosts: null };
    },
    expected: { outcome: 'reached', via: 'stream-local' },
  },
  {
    area: 'Host key',
    name: 'one of several keys known',
    arrange: async (stage) => ({
      ...withEngine(stage),
      knownHosts: await stage.write(
        'ecdsa',
        known(stage, place(stage)).filter((line) => line.includes('ecdsa')),
      ),
    }),
    expected: { outcome: 'reached', via: 'stream-local' },
  },
  {
    area: 'Host key',
    name: 'unknown, and accepted',
    arrange: async (stage) => {
      const { strange } = stage.ground;
      let from = strange.log().length;
      let before = -1;
      const look = async () => {
        expect(before).toBe(0);
        // What that zero rests on: a login is seen by the same count.
        expect(loginRequests(strange, from)).toBeGreaterThan(0);
        from = strange.log().length;
        before = -1;
      };
      return {
        ...withEngine(stage),
        knownHosts: await stage.write('empty', []),
        async person(question) {
          // It is asked while no connection is open: what sshd has not logged by its end was not sent.
          await settledLog(strange, from);
          before = loginRequests(strange, from);
          if (question.kind !== 'hostKey') throw new Error(`asked for a ${question.kind}`);
          expect(question.fingerprint).toBe(strange.hostKeys[0]?.fingerprint);
          return { kind: 'hostKey', accept: true };
        },
        afterTrial: look,
        afterFollowing: look,
      };
    },
    expected: { outcome: 'reached', via: 'stream-local', asks: ['hostKey'] },
  },
  {
    area: 'Host key',
    name: 'unknown, and nobody to ask',
    arrange: async (stage) => ({
      ...at(stage),
      knownHosts: await stage.write('empty', []),
      ...nothingSent(stage),
    }),
    expected: {
      outcome: 'stopped',
      step: 'host-key',
      code: 'HOST_KEY_UNKNOWN',
      cause: /^The host key of \[127\.0\.0\.1\]:\d+ is not known: ssh-ed25519 SHA256:/,
      fix: /Compare it with what "ssh-keygen -lf" prints/,
      state: 'blocked',
    },
  },
  {
    area: 'Host key',
    name: 'unknown, and rejected',
    arrange: async (stage) => ({
      ...at(stage),
      knownHosts: await stage.write('empty', []),
      person: () => ({ kind: 'hostKey', accept: false }),
      ...nothingSent(stage),
    }),
    expected: {
      outcome: 'stopped',
      step: 'host-key',
      asks: ['hostKey'],
      code: 'HOST_KEY_REJECTED',
      cause: /^The host key of 127\.0\.0\.1:\d+ was not accepted\.$/,
      fix: /Compare the fingerprint/,
      seen: /^the host showed ssh-ed25519 SHA256:/,
      state: 'blocked',
    },
  },
  {
    area: 'Host key',
    name: 'changed',
    cli: true,
    arrange: async (stage) => ({
      ...at(stage),
      knownHosts: await stage.write('changed', [`${place(stage)} ${await otherKey(stage)}`]),
      person: () => ({ kind: 'hostKey', accept: true }),
      ...nothingSent(stage),
    }),
    expected: {
      outcome: 'stopped',
      step: 'host-key',
      code: 'HOST_KEY_CHANGED',
      cause:
        /is not the one known for it\. Offered: ssh-ed25519 SHA256:\S+\. Known: ssh-ed25519 SHA256:\S+ \(\S+changed:1\)/,
      fix: /ssh-keygen -R \S*127\.0\.0\.1\S* -f \S+changed/,
      seen: /^known: ssh-ed25519 SHA256:/,
      state: 'blocked',
    },
  },
  {
    area: 'Host key',
    name: 'revoked',
    arrange: async (stage) => ({
      ...at(stage),
      knownHosts: await stage.write('revoked', [...known(stage, place(stage)), ...known(stage, '@revoked *')]),
      person: () => ({ kind: 'hostKey', accept: true }),
      ...nothingSent(stage),
    }),
    expected: {
      outcome: 'stopped',
      step: 'host-key',
      code: 'HOST_KEY_REVOKED',
      cause: /marked as revoked in \S+revoked:3/,
      fix: /needs a new key; do not remove the mark/,
      state: 'blocked',
    },
  },
  {
    area: 'Host key',
    name: '`@cert-authority`',
    arrange: async (stage) => ({
      ...at(stage),
      knownHosts: await stage.write('authority', [`@cert-authority ${place(stage)} ${await otherKey(stage)}`]),
      person: () => ({ kind: 'hostKey', accept: true }),
      ...nothingSent(stage),
    }),
    expected: {
      outcome: 'stopped',
      step: 'host-key',
      code: 'HOST_KEY_UNREADABLE',
      cause: /certificate authority \(@cert-authority\), and Binnacle cannot check host certificates/,
      fix: /Have \S+ known by its own key/,
      state: 'blocked',
    },
  },
  {
    area: 'Host key',
    name: 'an unreadable line',
    arrange: async (stage) => ({
      ...at(stage),
      knownHosts: await stage.write('unreadable', [`${place(stage)} ssh-ed25519 %%%`, ...known(stage, place(stage))]),
      person: () => ({ kind: 'hostKey', accept: true }),
      ...nothingSent(stage),
    }),
    expected: {
      outcome: 'stopped',
      step: 'host-key',
      code: 'HOST_KEY_UNREADABLE',
      cause: /unreadable:1 may be for \[127\.0\.0\.1\]:\d+, and /,
      fix: /Put the line right or remove it/,
      state: 'blocked',
    },
  },
  {
    area: 'Host key',
    name: 'a jump host’s, changed',
    arrange: async (stage) => {
      const { strange, main, key } = stage.ground;
      const knownHosts = await stage.write('changed', [
        `${place(stage)} ${await otherKey(stage)}`,
        ...main.knownHostsLines(),
      ]);
      const config = await stage.write('config', [
        'Host 127.0.0.1',
        `  IdentityFile ${key.file}`,
        'Host web',
        '  HostName 127.0.0.1',
        `  Port ${main.port}`,
        `  IdentityFile ${key.file}`,
        `  ProxyJump ${strange.user}@127.0.0.1:${strange.port}`,
      ]);
      const { afterTrial, afterFollowing } = nothingSent(stage);
      const none = () => expect(main.log()).not.toContain(`userauth-request for user ${stage.user} `);
      return {
        target: `ssh://${stage.user}@web`,
        identityFiles: [],
        config,
        knownHosts,
        person: () => ({ kind: 'hostKey', accept: true }),
        afterTrial: async () => none() ?? (await afterTrial?.()),
        afterFollowing: async () => none() ?? (await afterFollowing?.()),
      };
    },
    expected: {
      outcome: 'stopped',
      step: 'host-key',
      onTheWay: true,
      code: 'HOST_KEY_CHANGED',
      cause: /^On the way to 127\.0\.0\.1:\d+: The host key of \[127\.0\.0\.1\]:\d+ is not the one known for it/,
      fix: /ssh-keygen -R/,
      state: 'blocked',
    },
  },
];
