import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { homeAt } from '../../home/home.ts';
import { lockHome } from '../../home/lock.ts';
import { systemClock } from '../../kernel/clock.ts';
import { parseArguments } from './arguments.ts';
import { type HostsCommandContext, runHostsCommand } from './hosts-command.ts';

let folder: string;
let homePath: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'binnacle-hosts-'));
  homePath = path.join(folder, 'home');
  made = 0;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

let made: number;
const id = (number: number) => `00000000-0000-4000-8000-00000000000${number}`;

async function run(line: string, clock = systemClock) {
  const said = { out: '', err: '' };
  const context: HostsCommandContext = {
    homePath,
    clock,
    newId: () => id(++made),
    signal: new AbortController().signal,
    terminal: {
      colour: { stdout: false, stderr: false },
      write: async (text) => {
        said.out += text;
      },
      writeError: (text) => {
        said.err += text;
      },
    },
  };
  const command = parseArguments(line.split(' '), { cwd: '/srv', homedir: () => '/home/ana' });
  if (!command.kind.startsWith('hosts-')) throw new Error('no hosts command');
  const code = await runHostsCommand(command as Parameters<typeof runHostsCommand>[0], context);
  return { code, ...said };
}

const row = (name: string, target: string, mode: string, id: string) =>
  `${name.padEnd(4)}  ${target.padEnd(29)}  ${mode.padEnd(7)}  ${id}`;

describe('hosts', () => {
  it('adds, lists and removes, for people', async () => {
    const said = [
      await run('hosts list'),
      await run('hosts add ssh://ana@Web.Example/'),
      await run('hosts add ssh://root@[2001:db8::1]:2222 --name db'),
      await run('hosts list'),
      await run('hosts remove DB'),
      await run('hosts remove ssh://ana@web.example'),
      await run('hosts list'),
    ];
    expect(said.map(({ out }) => out)).toEqual([
      'No hosts yet. Add one with: binnacle hosts add ssh://user@host\n',
      'Added ssh://ana@web.example.\n',
      'Added db (ssh://root@[2001:db8::1]:2222).\n',
      [
        row('NAME', 'TARGET', 'MODE', 'ID'),
        row('-', 'ssh://ana@web.example', 'observe', id(1)),
        row('db', 'ssh://root@[2001:db8::1]:2222', 'observe', id(2)),
        '',
      ].join('\n'),
      'Removed db (ssh://root@[2001:db8::1]:2222).\n',
      'Removed ssh://ana@web.example.\n',
      'No hosts yet. Add one with: binnacle hosts add ssh://user@host\n',
    ]);
    expect(said.every(({ code, err }) => code === 0 && err === '')).toBe(true);
  });

  it('does the same for scripts', async () => {
    const host = {
      id: id(1),
      name: 'web',
      target: 'ssh://ana@a',
      mode: 'observe',
      identityFiles: ['/home/ana/.ssh/k', '/srv/l'],
    };
    const said = [
      await run('hosts add ssh://ana@a --name web -i ~/.ssh/k -i l --json'),
      await run('hosts list --json'),
      await run(`hosts remove ${id(1)} --json`),
      await run('hosts list --json'),
    ];
    expect(said.map(({ out }) => JSON.parse(out))).toEqual([
      { schema: 1, added: host, problems: [] },
      { schema: 1, hosts: [host], problems: [] },
      { schema: 1, removed: host, problems: [] },
      { schema: 1, hosts: [], problems: [] },
    ]);
  });

  it('keeps what a target leaves out left out: ssh_config may say it', async () => {
    const said = [await run('hosts add ssh://a'), await run('hosts add ssh://a:22'), await run('hosts add local:')];
    expect(said.map(({ out }) => out)).toEqual(['Added ssh://a.\n', 'Added ssh://a:22.\n', 'Added local:.\n']);
  });

  it('only looks when it lists', async () => {
    await run('hosts list');
    expect(existsSync(homePath)).toBe(false);
  });

  it.each([
    ['hosts add ssh://ana@A', { code: 'HOST_EXISTS', message: 'web (ssh://ana@a) is there already.' }],
    ['hosts add ssh://b --name WEB', { code: 'HOST_EXISTS', message: 'Another host is called WEB: ssh://ana@a.' }],
    ['hosts add ssh://me:hunter2@b', { code: 'TARGET_INVALID' }],
    ['hosts add b', { code: 'TARGET_INVALID' }],
    ['hosts add ssh://b --name=', { code: 'USAGE', message: 'This cannot be the name of a host.' }],
    ['hosts add ssh://b --name=ssh://c', { code: 'USAGE' }],
    [`hosts add ssh://b --name=${id(9)}`, { code: 'USAGE' }],
    ['hosts add ssh://b --name=a\u202eb', { code: 'USAGE' }],
    [`hosts add ssh://b --name=${'x'.repeat(65)}`, { code: 'USAGE' }],
    ['hosts remove wbe', { code: 'HOST_NOT_FOUND', message: 'There is no host wbe.', hint: 'Did you mean web?' }],
    ['hosts remove me:hunter2@b', { code: 'HOST_NOT_FOUND', message: 'There is no host me:…@b.' }],
    ['hosts remove ssh://ana@b', { code: 'HOST_NOT_FOUND', hint: 'binnacle hosts list shows those there are.' }],
  ])('%s: refused, and nothing changed', async (line, expected) => {
    await run('hosts add ssh://ana@A/ --name web');
    const before = readFileSync(homeAt(homePath).settingsFile, 'utf8');
    await expect(run(line)).rejects.toMatchObject(expected);
    expect(readFileSync(homeAt(homePath).settingsFile, 'utf8')).toBe(before);
  });

  it('tells of settings that cannot be used, on every command', async () => {
    await run('hosts add ssh://ana@a');
    writeFileSync(homeAt(homePath).settingsFile, 'oops');
    expect(await run('hosts list')).toEqual({
      code: 78,
      out: 'No hosts could be read.\n',
      err: expect.stringMatching(/^binnacle: The settings cannot be used: they are not JSON.*\n {2}Repair the file/),
    });
    expect(await run('hosts add ssh://b')).toEqual({
      code: 0,
      out: 'Added ssh://b.\n',
      err: expect.stringContaining('is kept as'),
    });
    writeFileSync(homeAt(homePath).settingsFile, '{"schema": 2}');
    await expect(run('hosts add ssh://c')).rejects.toMatchObject({ code: 'SETTINGS_NEWER' });
    expect(await run('hosts list --json')).toMatchObject({ code: 78 });
  });

  it('lists and removes hosts that were written by hand, though their targets be none or not in their one form', async () => {
    await run('hosts add ssh://ana@A/ --name web');
    const file = homeAt(homePath).settingsFile;
    const settings = JSON.parse(readFileSync(file, 'utf8'));
    const [web] = settings.hosts;
    const byHand = [
      { ...web, id: id(5), name: 'bad', target: 'ssh://me:hunter2@b' },
      { ...web, id: id(6), name: undefined, target: 'b' },
      { ...web, id: id(7), name: undefined, target: 'SSH://ana@C/' },
    ];
    writeFileSync(file, JSON.stringify({ ...settings, hosts: [...byHand, web] }));
    const listed = await run('hosts list');
    expect([listed.code, listed.out.replaceAll(/ {2,}\S+ +\S+\n/g, '\n'), listed.err.match(/^binnacle: .*/gm)]).toEqual(
      [
        78,
        'NAME  TARGET\nbad   ssh://me:…@b\n-     b\n-     ssh://ana@c\nweb   ssh://ana@a\n',
        [
          'binnacle: The saved host bad is left out. The target holds a password.',
          'binnacle: The saved host b is left out. The target does not begin with ssh:// or local:.',
        ],
      ],
    );
    await expect(run('hosts add ssh://ana@c')).rejects.toMatchObject({ code: 'HOST_EXISTS' });
    const removed = [];
    for (const which of ['BAD', 'ssh://ana@c', id(6)]) removed.push((await run(`hosts remove ${which}`)).out);
    expect([removed, (await run('hosts list')).code]).toEqual([
      ['Removed bad (ssh://me:…@b).\n', 'Removed ssh://ana@c.\n', 'Removed b.\n'],
      0,
    ]);
  });

  it('removes a host by its target as it stands in the file', async () => {
    await run('hosts add ssh://ana@a');
    const file = homeAt(homePath).settingsFile;
    writeFileSync(file, readFileSync(file, 'utf8').replace('ssh://ana@a', 'ssh://a:port'));
    expect((await run('hosts remove ssh://a:port')).out).toBe('Removed ssh://a:port.\n');
  });

  it('does not write while another Binnacle does', async () => {
    await run('hosts add ssh://ana@a');
    using _ = await lockHome(homeAt(homePath), { clock: systemClock, role: 'desktop' });
    await expect(run('hosts add ssh://b')).rejects.toMatchObject({ code: 'HOME_LOCKED' });
    expect((await run('hosts list')).out).toContain('ssh://ana@a');
  });
});
