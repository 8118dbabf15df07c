import { execFileSync } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Home, homeAt } from '../home/home.ts';
import { type HomeLock, lockHome } from '../home/lock.ts';
import { systemClock } from '../kernel/clock.ts';
import { limits } from '../kernel/limits.ts';
import { defaultSettings, type HostSettings, type Settings } from './schema.ts';
import { openSettings, type SettingsStore } from './settings-store.ts';

let home: Home;
let lock: HomeLock;
let store: SettingsStore;
const clock = { ...systemClock, now: () => Date.UTC(2026, 0, 2, 3, 4, 5, 678) };

beforeEach(async () => {
  home = homeAt(mkdtempSync(path.join(tmpdir(), 'binnacle-settings-')));
  lock = await lockHome(home, { clock, role: 'cli' });
  store = openSettings(home, { clock });
});
afterEach(() => {
  lock[Symbol.dispose]();
  rmSync(home.path, { recursive: true, force: true });
});

const host = (number: number): HostSettings => ({
  id: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
  target: `ssh://ana@host${number}`,
  mode: 'observe',
  identityFiles: [],
  pinned: [],
  protected: [],
  accepted: [],
  apps: {},
  changesPerMinute: 10,
  destroysPerMinute: 3,
});
const add = (number: number) => (settings: Settings) => ({ ...settings, hosts: [...settings.hosts, host(number)] });
const stored = () => JSON.parse(readFileSync(home.settingsFile, 'utf8')) as Record<string, unknown>;
/** Names in the home that are the settings' own. */
const files = () =>
  readdirSync(home.path)
    .filter((name) => name.startsWith('settings'))
    .sort();
const BROKEN_NAME = 'settings.broken-2026-01-02T03-04-05.678Z.json';

describe('read', () => {
  it('gives the defaults where there is no file, or no home, and makes none', async () => {
    const nowhere = openSettings(homeAt(path.join(home.path, 'missing')), { clock });
    const expected = { settings: defaultSettings(), problems: [] };
    expect([await store.read(), await nowhere.read(), files()]).toEqual([expected, expected, []]);
    expect(readdirSync(home.path)).not.toContain('missing');
  });

  it.each([
    ['is broken', '{"schema": 1, "hosts": [', 'SETTINGS_BROKEN'],
    ['is from the future', '{"schema": 99}', 'SETTINGS_NEWER'],
  ])('leaves a file that %s as it is, and reports it', async (_, text, code) => {
    writeFileSync(home.settingsFile, text);
    const { settings, problems } = await store.read();
    expect([
      settings,
      problems.map((problem) => problem.code),
      files(),
      readFileSync(home.settingsFile, 'utf8'),
    ]).toEqual([defaultSettings(), [code], ['settings.json'], text]);
  });

  it('does not read what is too large, no text, or no file', async () => {
    const said = async () => (await store.read()).problems.map(({ message }) => message.split('. ')[0]);
    writeFileSync(home.settingsFile, '');
    truncateSync(home.settingsFile, 1024 ** 3);
    const large = await said();
    writeFileSync(home.settingsFile, Buffer.from([0x7b, 0xff, 0x7d]));
    const binary = await said();
    rmSync(home.settingsFile);
    mkdirSync(home.settingsFile);
    const folder = await said();
    expect([large, binary, folder]).toEqual([
      [`The settings cannot be used: they are larger than ${limits.settings.fileBytes / 1024 ** 2} MiB`],
      ['The settings cannot be used: they are not UTF-8 text'],
      ['The settings cannot be read: it is not a file'],
    ]);
  });

  it('does not wait for the writer of a pipe', async (context) => {
    if (process.platform === 'win32') context.skip('needs named pipes');
    execFileSync('mkfifo', [home.settingsFile]);
    expect((await store.read()).problems).toMatchObject([{ code: 'SETTINGS_BROKEN' }]);
  });
});

describe('update', () => {
  it('writes the file for the owner alone, and it reads back', async () => {
    const updated = await store.update(lock, add(1));
    expect([updated, await store.read()]).toEqual(
      Array.from({ length: 2 }, () => ({ settings: { ...defaultSettings(), hosts: [host(1)] }, problems: [] })),
    );
    expect([statSync(home.settingsFile).mode & 0o777, files()]).toEqual([0o600, ['settings.json']]);
  });

  it('keeps what a later Binnacle of the same schema added, at every level', async () => {
    const future = {
      schema: 1,
      theme: 'night',
      sounds: { chime: true },
      hosts: [{ ...host(1), colour: 'teal', pinned: [{ app: 'a', service: 'b', since: 3 }] }],
      intervals: { refreshSeconds: 20, sampleSeconds: 5, idleSeconds: 60 },
      secrets: { memoryMinutes: 480 },
    };
    writeFileSync(home.settingsFile, JSON.stringify(future));
    await store.update(lock, add(2));
    expect(stored()).toEqual({ ...future, hosts: [...future.hosts, host(2)] });
  });

  it('loses none of many changes made at once', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, number) => store.update(lock, add(number))));
    expect((await store.read()).settings.hosts).toEqual(Array.from({ length: 20 }, (_, number) => host(number)));
  });

  it('keeps a broken file aside, and says where', async () => {
    writeFileSync(home.settingsFile, '{"hosts": oops');
    const { problems } = await store.update(lock, add(1));
    expect({ problems, files: files(), kept: readFileSync(path.join(home.path, BROKEN_NAME), 'utf8') }).toEqual({
      problems: [
        {
          where: home.settingsFile,
          code: 'SETTINGS_BROKEN',
          message: expect.stringContaining(path.join(home.path, BROKEN_NAME)),
          hint: 'Copy what you need from it, then delete it.',
        },
      ],
      files: [BROKEN_NAME, 'settings.json'],
      kept: '{"hosts": oops',
    });
    expect(await store.read()).toEqual({ settings: { ...defaultSettings(), hosts: [host(1)] }, problems: [] });
  });

  it('overwrites nothing that was kept aside before', async () => {
    writeFileSync(path.join(home.path, BROKEN_NAME), 'the first');
    writeFileSync(home.settingsFile, 'the second');
    await expect(store.update(lock, add(1))).rejects.toMatchObject({ code: 'HOME_UNUSABLE' });
    expect([readFileSync(path.join(home.path, BROKEN_NAME), 'utf8'), readFileSync(home.settingsFile, 'utf8')]).toEqual([
      'the first',
      'the second',
    ]);
  });

  it('never touches settings from the future', async () => {
    writeFileSync(home.settingsFile, '{"schema": 2}');
    await expect(store.update(lock, add(1))).rejects.toMatchObject({
      code: 'SETTINGS_NEWER',
      hint: expect.stringContaining('Update Binnacle'),
    });
    expect([readFileSync(home.settingsFile, 'utf8'), files()]).toEqual(['{"schema": 2}', ['settings.json']]);
  });

  it('refuses what cannot be read, and settings that cannot be', async () => {
    await expect(store.update(lock, (settings) => add(1)(add(1)(settings)))).rejects.toMatchObject({
      code: 'SETTINGS_INVALID',
      message: 'These settings cannot be: hosts[1].id: stands there twice.',
    });
    expect(files()).toEqual([]);
    mkdirSync(home.settingsFile);
    await expect(store.update(lock, add(1))).rejects.toMatchObject({ code: 'SETTINGS_BROKEN' });
    expect(statSync(home.settingsFile).isDirectory()).toBe(true);
  });

  it('passes on what the change throws, and writes nothing', async () => {
    const reason = new Error('no');
    const refuse = () => {
      throw reason;
    };
    await expect(store.update(lock, refuse)).rejects.toBe(reason);
    await store.update(lock, add(1));
    expect((await store.read()).settings.hosts).toEqual([host(1)]);
  });

  it('leaves a link to settings kept elsewhere a link', async () => {
    const elsewhere = path.join(home.path, 'repository');
    mkdirSync(elsewhere);
    await store.update(lock, add(1));
    renameSync(home.settingsFile, path.join(elsewhere, 'binnacle.json'));
    symlinkSync(path.join(elsewhere, 'binnacle.json'), home.settingsFile);
    await store.update(lock, add(2));
    expect([lstatSync(home.settingsFile).isSymbolicLink(), readdirSync(elsewhere)]).toEqual([true, ['binnacle.json']]);
    expect((await store.read()).settings.hosts).toEqual([host(1), host(2)]);
  });

  it('needs the lock of this home, still held', async () => {
    const other = homeAt(mkdtempSync(path.join(tmpdir(), 'binnacle-settings-')));
    try {
      using foreign = await lockHome(other, { clock, role: 'cli' });
      await expect(store.update(foreign, add(1))).rejects.toThrow('without the lock');
    } finally {
      rmSync(other.path, { recursive: true });
    }
    lock[Symbol.dispose]();
    await expect(store.update(lock, add(1))).rejects.toThrow('without the lock');
    expect(files()).toEqual([]);
  });
});
