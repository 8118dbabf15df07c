import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { writeSecurityKey } from '../lab/security-key.ts';
import { startAgent } from '../lab/ssh-agent.ts';
import { writeCertificate } from '../lab/ssh-keys.ts';
import type { Row } from './matrix-row.ts';
import { refusedOnce } from './matrix-sshd-log.ts';

/** An agent, and no key file. */
const byAgent = (agentSocket: string) => ({ identityFiles: [], agentSocket });

/** Being let in by what is on this machine: keys, and agents. */
export const keyRows: readonly Row[] = [
  {
    area: 'Login',
    name: 'ssh-agent',
    account: { key: null },
    arrange: async (stage) => {
      const key = await stage.newKey('held');
      await stage.authorize(key);
      return byAgent(stage.own.use(await startAgent({ keys: [key.file] })).socketPath);
    },
    expected: { outcome: 'reached', via: 'stream-local' },
  },
  {
    area: 'Login',
    name: 'one of an agent’s many keys (`IdentityAgent`, `IdentitiesOnly`)',
    account: { key: null },
    arrange: async (stage) => {
      const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'right'];
      const keys = [];
      for (const name of names) keys.push(await stage.newKey(name));
      const right = keys.at(-1);
      if (right === undefined) throw new Error('no key');
      await stage.authorize(right);
      const agent = stage.own.use(await startAgent({ keys: keys.map(({ file }) => file) }));
      const config = await stage.write('config', [
        'Host *',
        `  IdentityAgent ${agent.socketPath}`,
        '  IdentitiesOnly yes',
        `  IdentityFile ${right.file}.pub`,
      ]);
      return { identityFiles: [], config };
    },
    expected: { outcome: 'reached', via: 'stream-local' },
  },
  {
    area: 'Login',
    name: 'a key the host does not know',
    arrange: async (stage) => ({
      identityFiles: [(await stage.newKey('stranger')).file],
      ...refusedOnce(stage, 'Failed publickey'),
    }),
    expected: {
      outcome: 'stopped',
      step: 'authenticate',
      code: 'AUTH_FAILED',
      cause: /^127\.0\.0\.1:\d+ did not let row\d+ in with the key offered\.$/,
      fix: /the key stands in ~\/\.ssh\/authorized_keys of row\d+ on the host/,
      seen: /^offered: \S+stranger$/,
      state: 'blocked',
    },
  },
  {
    area: 'Login',
    name: 'more keys than a host takes',
    account: { key: null },
    arrange: async (stage) => {
      const files = [];
      for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) files.push((await stage.newKey(name)).file);
      return { identityFiles: files };
    },
    expected: {
      outcome: 'stopped',
      step: 'authenticate',
      code: 'AUTH_FAILED',
      cause: /with any of the 6 keys offered\. 1 more was not tried\.$/,
      fix: /gives up after a few keys: name the right one/,
      state: 'blocked',
    },
  },
  {
    area: 'Login',
    name: 'an empty agent',
    arrange: async ({ own }) => byAgent(own.use(await startAgent()).socketPath),
    expected: {
      outcome: 'stopped',
      step: 'authenticate',
      code: 'AUTH_NO_CREDENTIALS',
      cause: /^There is no key to log in with: ssh-agent holds none, or is locked, and there is no key file\.$/,
      fix: /Load a key with "ssh-add"/,
      state: 'blocked',
    },
  },
  {
    area: 'Login',
    name: 'an agent of which `IdentitiesOnly` leaves nothing',
    account: { key: null },
    arrange: async (stage) => {
      const key = await stage.newKey('held');
      await stage.authorize(key);
      const { socketPath } = stage.own.use(await startAgent({ keys: [key.file] }));
      const config = await stage.write('config', ['Host *', '  IdentitiesOnly yes']);
      return { ...byAgent(socketPath), config };
    },
    expected: {
      outcome: 'stopped',
      step: 'authenticate',
      code: 'AUTH_NO_CREDENTIALS',
      cause: /: ssh-agent holds 1, none of which ssh_config names for this host \(IdentitiesOnly\)\.$/,
      fix: /^Name the key with --identity FILE: its public half will do/,
      state: 'blocked',
    },
  },
  {
    area: 'Login',
    name: 'an agent with a certificate alone',
    arrange: async (stage) => {
      const [ca, key] = [await stage.newKey('ca'), await stage.newKey('certified')];
      await stage.authorize(ca, 'cert-authority');
      await writeCertificate(ca.file, key.file, stage.user);
      const agent = stage.own.use(await startAgent({ keys: [key.file] }));
      await agent.keepCertificateOnly(key.file);
      return byAgent(agent.socketPath);
    },
    expected: {
      outcome: 'stopped',
      step: 'authenticate',
      code: 'AUTH_NO_CREDENTIALS',
      cause: /ssh-agent holds only what Binnacle cannot use yet \(ssh-ed25519-cert-v01@openssh\.com/,
      fix: /neither on a security key nor a certificate/,
      seen: /of no use yet: ssh-ed25519-cert/,
      state: 'blocked',
    },
  },
  {
    area: 'Login',
    name: 'an agent with a security key alone',
    arrange: async (stage) => {
      const key = await writeSecurityKey(stage.folder);
      await stage.authorize(key);
      return byAgent(stage.own.use(await startAgent({ keys: [key.file] })).socketPath);
    },
    expected: {
      outcome: 'stopped',
      step: 'authenticate',
      code: 'AUTH_NO_CREDENTIALS',
      cause: /ssh-agent holds only what Binnacle cannot use yet \(sk-ssh-ed25519@openssh\.com/,
      fix: /neither on a security key nor a certificate/,
      seen: /of no use yet: sk-ssh-ed25519/,
      state: 'blocked',
    },
  },
  {
    area: 'Login',
    name: 'no agent and no key',
    arrange: () => ({ identityFiles: [] }),
    expected: {
      outcome: 'stopped',
      step: 'authenticate',
      code: 'AUTH_NO_CREDENTIALS',
      cause: /^There is no key to log in with: there is no ssh-agent, and no key file\.$/,
      fix: /Name a key with --identity FILE, or load one with "ssh-add"/,
      state: 'blocked',
    },
  },
  {
    area: 'Login',
    name: 'an agent that is not there',
    arrange: ({ folder }) => byAgent(join(folder, 'no-agent.sock')),
    expected: {
      outcome: 'stopped',
      step: 'authenticate',
      code: 'AGENT_UNREACHABLE',
      cause: /no-agent\.sock/,
      fix: /SSH_AUTH_SOCK|ssh-agent/,
      state: 'offline',
    },
  },
  {
    area: 'Login',
    name: 'a key that others may read',
    account: { key: null },
    arrange: async (stage) => {
      const key = await stage.newKey('open');
      await stage.authorize(key);
      await chmod(key.file, 0o644);
      return { identityFiles: [key.file] };
    },
    expected: {
      outcome: 'stopped',
      step: 'authenticate',
      code: 'KEY_PERMISSIONS',
      cause: /open can be read by others\.$/,
      fix: /chmod 600 \S+open$/,
      seen: /^its mode is 0644$/,
      state: 'blocked',
    },
  },
];
