import { expect, it } from 'vitest';
import { usualSshFiles, withNamedFiles } from './ssh-files.ts';

const linux = { userFolder: '/home/ana', environment: { SSH_AUTH_SOCK: '/run/agent' }, platform: 'linux' } as const;

it('are where ssh looks', () => {
  expect(usualSshFiles(linux)).toEqual({
    userFolder: '/home/ana',
    config: '/home/ana/.ssh/config',
    systemConfig: '/etc/ssh/ssh_config',
    knownHosts: ['/home/ana/.ssh/known_hosts', '/home/ana/.ssh/known_hosts2'],
    knownHostsNamed: false,
    systemKnownHosts: ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2'],
    agentSocket: '/run/agent',
    environment: { SSH_AUTH_SOCK: '/run/agent' },
  });
});

it('have no agent where its variable is empty', () => {
  expect(usualSshFiles({ ...linux, environment: { SSH_AUTH_SOCK: '' } }).agentSocket).toBeNull();
});

it.each([
  [{ config: null, knownHosts: null }, '/home/ana/.ssh/config', '/etc/ssh/ssh_config', 2, false],
  [{ config: '/x', knownHosts: '/k' }, '/x', null, 1, true],
  [{ config: 'none', knownHosts: null }, null, null, 2, false],
] as const)('%j', (named, config, systemConfig, knownHosts, isNamed) => {
  const files = withNamedFiles(usualSshFiles(linux), named);
  expect([files.config, files.systemConfig, files.knownHosts.length, files.knownHostsNamed]).toEqual([
    config,
    systemConfig,
    knownHosts,
    isNamed,
  ]);
});
