import { describe, expect, it } from 'vitest';
import { systemClock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import type { HostSettings } from '../settings/schema.ts';
import { type SettingsKeeper, sessionSettings } from '../settings/settings-keeper.ts';
import { fleetMember } from './fleet-member.ts';
import { HostBook } from './host-book.ts';
import type { HostReach } from './host-reach.ts';
import { Questions } from './questions.ts';
import { Secrets } from './secrets.ts';
import { noKeychain } from './secrets-port.ts';
import { HostTrials } from './trial.ts';

const id = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
const saved = (number: number, target: string, more: Partial<HostSettings> = {}): HostSettings => ({
  ...{ id: id(number), target, mode: 'observe', identityFiles: [], pinned: [], accepted: [], apps: {} },
  ...{ protected: [], changesPerMinute: 10, destroysPerMinute: 3 },
  ...more,
});
const nowhere: HostReach = () => Promise.reject(new AppError('UNREACHABLE', 'Nowhere.'));

/** A book over settings that are kept in memory, and a fleet that writes down what it is told. */
async function book(hosts: readonly HostSettings[] = []) {
  const settings: SettingsKeeper = sessionSettings();
  await settings.update((before) => ({ ...before, hosts }));
  const secrets = new Secrets({ clock: systemClock, memoryMinutes: () => 0, keychain: noKeychain, file: '/nowhere' });
  const questions = new Questions({ newId: () => 'q', secrets });
  const told: string[] = [];
  let made = 900;
  const theBook = new HostBook({
    settings,
    fleet: {
      add: (member, index) => void told.push(`add ${member.label} ${member.target} ${member.mode} at ${index}`),
      remove: async (which) => void told.push(`remove ${which.slice(-3)}`),
      update: (which, { label, mode, preferences }) => {
        const services = [preferences?.pinned, ...(preferences?.protected.length ? [preferences.protected] : [])];
        told.push(
          `update ${which.slice(-3)} ${label} ${mode} ${services.map((each) => JSON.stringify(each)).join(' ')}`,
        );
      },
      retry: (which) => void told.push(`retry ${which.slice(-3)}`),
      report: () => null,
    },
    member: (host) => fleetMember(host, nowhere, questions.promptsFor({ hostId: host.id, target: host.target })),
    trials: new HostTrials({ reach: nowhere, questions, clock: systemClock }),
    aliases: async () => [],
    identities: async () => ({ agent: true, files: ['/k'] }),
    newId: () => id(++made),
    homeDir: '/home/ana',
    file: 'settings.json',
  });
  await theBook.follow();
  const said = told.splice(0);
  return {
    book: theBook,
    settings,
    followed: said,
    told: () => told.splice(0),
    hosts: () => settings.state.settings.hosts,
  };
}

const shownAtlas = {
  ...{ id: id(1), name: 'atlas', target: 'ssh://ops@atlas', mode: 'operate', identityFiles: ['/k'], problem: null },
};
const atlas = saved(1, 'ssh://ops@atlas', {
  ...{ name: 'atlas', mode: 'operate', identityFiles: ['/k'] },
  ...{ pinned: [{ app: 'shop', service: 'api' }], apps: { api: 'shop' } },
});
const borealis = saved(2, 'ssh://ana@borealis');
const cinder = saved(3, 'ssh://cinder:2222', { name: 'cinder' });

describe('the host book', () => {
  it('lists and follows the saved hosts, and says which it leaves out', async () => {
    const { book: hosts, followed } = await book([
      atlas,
      saved(4, 'ssh://me:hunter2@x', { name: 'x\u202e' }),
      borealis,
      saved(5, 'ssh://ana@borealis/'),
    ]);
    const invalid = {
      where: 'settings.json',
      code: 'TARGET_INVALID',
      message: 'The saved host x\\u{202e} is left out. The target holds a password.',
      hint: 'Remove it in the settings and add it anew.',
    };
    const twice = {
      where: 'settings.json',
      code: 'HOST_EXISTS',
      message: `ssh://ana@borealis is saved twice; ${id(5)} is left out beside ${id(2)}.`,
      hint: 'Remove one of them in the settings.',
    };
    const plain = { mode: 'observe', name: null, identityFiles: [] };
    expect({ list: await hosts.list(), problems: hosts.problems(), followed }).toEqual({
      list: [
        shownAtlas,
        { ...plain, id: id(4), name: 'x\\u{202e}', target: 'ssh://me:…@x', problem: invalid },
        { ...plain, id: id(2), target: 'ssh://ana@borealis', problem: null },
        { ...plain, id: id(5), target: 'ssh://ana@borealis', problem: twice },
      ],
      problems: [invalid, twice],
      followed: ['add atlas ssh://ops@atlas operate at 0', 'add borealis ssh://ana@borealis observe at 1'],
    });
    await expect(hosts.retry(id(4))).rejects.toMatchObject({ code: 'TARGET_INVALID', hint: invalid.hint });
  });

  it('saves a host and follows it', async () => {
    const { book: hosts, hosts: inFile, told } = await book([atlas]);
    const added = await hosts.add({ target: 'ssh://ana@Dawn/', name: 'dawn', identityFiles: ['~/.ssh/k', '/srv/l'] });
    const identityFiles = ['/home/ana/.ssh/k', '/srv/l'];
    expect({ added, saved: inFile().at(-1), told: told() }).toEqual({
      added: { id: id(901), name: 'dawn', target: 'ssh://ana@dawn', mode: 'observe', identityFiles, problem: null },
      saved: saved(901, 'ssh://ana@dawn', { name: 'dawn', identityFiles }),
      told: ['add dawn ssh://ana@dawn observe at 1'],
    });
  });

  it.each([
    ['no target', { target: 'b' }, 'TARGET_INVALID'],
    ['a host that is there', { target: 'ssh://ops@ATLAS' }, 'HOST_EXISTS'],
    ['a name that is taken', { name: 'ATLAS' }, 'HOST_EXISTS'],
    ['a name that is none', { name: 'ssh://x' }, 'USAGE'],
    ['half a path', { identityFiles: ['k'] }, 'USAGE'],
    [
      'too many keys',
      { identityFiles: Array.from({ length: limits.settings.identityFiles + 1 }, () => '/k') },
      'USAGE',
    ],
  ])('refuses %s, and changes nothing', async (_, wrong, code) => {
    const { book: hosts, hosts: inFile, told } = await book([atlas]);
    await expect(hosts.add({ target: 'ssh://b', name: null, identityFiles: [], ...wrong })).rejects.toMatchObject({
      code,
    });
    expect([inFile(), told()]).toEqual([[atlas], []]);
  });

  it('takes no more hosts than the bound', async () => {
    const many = Array.from({ length: limits.settings.hosts }, (_, number) => saved(number, `ssh://h${number}`));
    const { book: hosts } = await book(many);
    const wish = { target: 'ssh://b', name: null, identityFiles: [] };
    await expect(hosts.add(wish)).rejects.toMatchObject({ code: 'SETTINGS_INVALID' });
  });

  it('renames a host without connecting anew, and takes its name away', async () => {
    const { book: hosts, hosts: inFile, told } = await book([atlas, cinder]);
    const named = await hosts.rename({ id: id(1), name: 'Atlas' });
    const unnamed = await hosts.rename({ id: id(3), name: null });
    const { name: _, ...nameless } = cinder;
    expect({ named, unnamed: unnamed.name, saved: inFile(), told: told() }).toEqual({
      named: { ...shownAtlas, name: 'Atlas' },
      unnamed: null,
      saved: [{ ...atlas, name: 'Atlas' }, nameless],
      told: ['update 001 Atlas operate [{"app":"shop","service":"api"}]', 'update 003 cinder observe []'],
    });
    const wrong = [
      hosts.rename({ id: id(3), name: 'ATLAS' }),
      hosts.rename({ id: id(3), name: ' ' }),
      hosts.rename({ id: id(9), name: 'x' }),
    ];
    const codes = (await Promise.allSettled(wrong)).map((result) => result.status === 'rejected' && result.reason.code);
    expect([codes, told()]).toEqual([['HOST_EXISTS', 'USAGE', 'HOST_NOT_FOUND'], []]);
  });

  it('lets a host be changed, and only observed again, without connecting anew', async () => {
    const { book: hosts, hosts: inFile, told } = await book([atlas, borealis]);
    await hosts.setMode({ id: id(2), mode: 'operate' });
    const allowed = [inFile(), (await hosts.list()).map(({ mode }) => mode)];
    await hosts.setMode({ id: id(2), mode: 'observe' });
    expect([allowed, inFile(), told()]).toEqual([
      [
        [atlas, { ...borealis, mode: 'operate' }],
        ['operate', 'operate'],
      ],
      [atlas, borealis],
      ['update 002 borealis operate []', 'update 002 undefined observe '],
    ]);
    await expect(hosts.setMode({ id: id(9), mode: 'operate' })).rejects.toMatchObject({ code: 'HOST_NOT_FOUND' });
  });

  it('protects a service once, and no longer', async () => {
    const { book: hosts, hosts: inFile, told } = await book([cinder]);
    const api = { app: 'shop', service: 'api' };
    const web = { app: 'shop', service: 'web' };
    const protect = (service: typeof api, on: boolean) =>
      hosts.setProtected({ hostId: id(3), ...service, protect: on });
    const seen: unknown[] = [];
    for (const [service, on] of [
      [api, true],
      [web, true],
      [api, true],
      [api, false],
      [api, false],
    ] as const) {
      await protect(service, on);
      seen.push(inFile()[0]?.protected);
    }
    expect([seen, told()]).toEqual([
      [[api], [api, web], [web, api], [web], [web]],
      [[api], [api, web], [web, api], [web]].map((all) => `update 003 cinder observe [] ${JSON.stringify(all)}`),
    ]);
    expect([api, web].map((service) => hosts.isProtected({ hostId: id(3), ...service }))).toEqual([false, true]);
    expect(() => hosts.isProtected({ hostId: id(9), ...api })).toThrow(
      expect.objectContaining({ code: 'HOST_NOT_FOUND' }),
    );
    const nobody = hosts.setProtected({ hostId: id(9), ...api, protect: true });
    await expect(nobody).rejects.toMatchObject({ code: 'HOST_NOT_FOUND' });
  });

  it('removes a host, and takes it back whole and in its place', async () => {
    const { book: hosts, hosts: inFile, told } = await book([atlas, borealis, cinder]);
    const removed = await hosts.remove(id(1));
    const without = inFile();
    await expect(hosts.remove(id(1))).rejects.toMatchObject({ code: 'HOST_NOT_FOUND' });
    const restored = await hosts.restore(id(1));
    expect({ removed, without, restored, saved: inFile(), told: told() }).toEqual({
      removed: shownAtlas,
      without: [borealis, cinder],
      restored: shownAtlas,
      saved: [atlas, borealis, cinder],
      told: ['remove 001', 'add atlas ssh://ops@atlas operate at 0'],
    });
    await expect(hosts.restore(id(1))).rejects.toMatchObject({ code: 'HOST_NOT_FOUND' });
  });

  it('does not take back what was added anew meanwhile, until that is gone', async () => {
    const { book: hosts, hosts: inFile } = await book([atlas]);
    await hosts.remove(id(1));
    const anew = await hosts.add({ target: 'ssh://ops@atlas', name: null, identityFiles: [] });
    await expect(hosts.restore(id(1))).rejects.toMatchObject({ code: 'HOST_EXISTS' });
    await hosts.remove(anew.id);
    await hosts.restore(id(1));
    expect(inFile()).toEqual([atlas]);
  });

  it('forgets the first of too many that were removed', async () => {
    const many = Array.from({ length: limits.hosts.removed + 1 }, (_, number) => saved(number, `ssh://h${number}`));
    const { book: hosts } = await book(many);
    for (const host of many) await hosts.remove(host.id);
    await expect(hosts.restore(id(0))).rejects.toMatchObject({ code: 'HOST_NOT_FOUND' });
    expect(await hosts.restore(id(1))).toMatchObject({ id: id(1) });
  });

  it('follows what was written into the file by hand, at the next change', async () => {
    const { book: hosts, settings, told } = await book([atlas, borealis, cinder]);
    const byHand = [
      { ...cinder, pinned: [{ app: 'a', service: 'b' }] },
      { ...atlas, mode: 'observe' as const, identityFiles: [] },
      saved(7, 'ssh://ana@dawn'),
    ];
    await settings.update((before) => ({ ...before, hosts: byHand }));
    await hosts.rename({ id: id(7), name: 'dawn' });
    expect(told()).toEqual([
      'remove 001',
      'remove 002',
      'update 003 cinder observe [{"app":"a","service":"b"}]',
      'add atlas ssh://ops@atlas observe at 1',
      'add dawn ssh://ana@dawn observe at 2',
    ]);
  });

  it('changes nothing where it cannot be written', async () => {
    const { book: hosts, settings, told } = await book([atlas, borealis]);
    settings.update = () => Promise.reject(new AppError('HOME_UNUSABLE', 'The disk is full.'));
    await expect(hosts.setMode({ id: id(2), mode: 'operate' })).rejects.toMatchObject({ code: 'HOME_UNUSABLE' });
    await expect(hosts.remove(id(1))).rejects.toMatchObject({ code: 'HOME_UNUSABLE' });
    await expect(hosts.restore(id(1))).rejects.toMatchObject({ code: 'HOST_NOT_FOUND' });
    expect([(await hosts.list()).length, told()]).toEqual([2, []]);
  });

  it('only observes a host from the moment that is asked for, also where it cannot be written, until it is set again', async () => {
    const { book: hosts, settings, told } = await book([atlas, borealis]);
    const modes = async () => (await hosts.list()).map(({ mode }) => mode);
    const { update } = settings;
    settings.update = () => Promise.reject(new AppError('HOME_UNUSABLE', 'The disk is full.'));
    await expect(hosts.setMode({ id: id(1), mode: 'observe' })).rejects.toMatchObject({ code: 'HOME_UNUSABLE' });
    const unwritten = [told(), await modes()];
    settings.update = update;
    await hosts.rename({ id: id(2), name: 'north' });
    const afterAnother = [told(), await modes()];
    await hosts.setMode({ id: id(1), mode: 'operate' });
    expect([unwritten, afterAnother, told(), await modes()]).toEqual([
      [['update 001 undefined observe '], ['observe', 'observe']],
      [['update 002 north observe []'], ['observe', 'observe']],
      ['update 001 atlas operate [{"app":"shop","service":"api"}]'],
      ['operate', 'observe'],
    ]);
  });

  it('hands on what is asked of a followed host, and what there is to log in with', async () => {
    const { book: hosts, told } = await book([atlas]);
    await hosts.retry(id(1));
    expect([told(), await hosts.identities()]).toEqual([['retry 001'], { agent: true, files: ['/k'] }]);
  });

  it('tries a host with the keys that were named', async () => {
    const { book: hosts } = await book();
    const wish = { trial: id(9), target: 'ssh://dawn', identityFiles: ['~/.ssh/k'] };
    const trial = hosts.test(wish, new AbortController().signal)[Symbol.asyncIterator]();
    await trial.next();
    expect(await trial.next()).toMatchObject({ value: { kind: 'stopped', code: 'UNREACHABLE' } });
  });
});
