import { expect, it } from 'vitest';
import type { SshAlias } from '#contract/hosts.ts';
import { runHostsAliases } from './hosts-aliases.ts';

const aliases: SshAlias[] = [
  { name: 'web', target: 'ssh://web', machine: 'ana@192.0.2.7:2222', jumps: ['ana@bastion:22', 'b:22'], problem: null },
  {
    name: 'old',
    target: 'ssh://old',
    machine: null,
    jumps: [],
    problem: {
      where: 'old',
      code: 'SSH_CONFIG_UNSUPPORTED',
      message: 'ProxyCommand (~/.ssh/config:3) is not supported.',
      hint: 'Write it as ProxyJump.\u202e',
    },
  },
];

async function run(found: readonly SshAlias[], { json = false, sshConfigFile = null as string | null } = {}) {
  const said = { out: '', err: '' };
  const terminal = {
    colour: { stdout: false, stderr: false },
    write: async (text: string) => {
      said.out += text;
    },
    writeError: (text: string) => {
      said.err += text;
    },
  };
  const command = { kind: 'hosts-aliases', json, sshConfigFile, home: null } as const;
  const code = await runHostsAliases(command, { aliases: async () => found, terminal });
  return { code, ...said };
}

it('lists what ssh_config names and what it comes to, and says what cannot be followed', async () => {
  expect(await run(aliases)).toEqual({
    code: 0,
    out: [
      'TARGET     MACHINE             THROUGH',
      'ssh://web  ana@192.0.2.7:2222  ana@bastion:22, b:22',
      'ssh://old  –',
      '',
    ].join('\n'),
    err: 'binnacle: ProxyCommand (~/.ssh/config:3) is not supported.\n  Write it as ProxyJump.\\u{202e}\n',
  });
});

it('prints one document for scripts', async () => {
  const { out, err } = await run(aliases, { json: true });
  expect([JSON.parse(out), err]).toEqual([{ schema: 1, aliases }, '']);
});

it.each([
  [null, '~/.ssh/config names no host.\n'],
  ['/srv/c', '/srv/c names no host.\n'],
  ['none', 'No ssh_config was read.\n'],
])('says that there is none in %s', async (sshConfigFile, out) => {
  expect(await run([], { sshConfigFile })).toEqual({ code: 0, out, err: '' });
});
