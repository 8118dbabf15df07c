import { describe, expect, it } from 'vitest';
import { defaultSettings } from './schema.ts';
import { judgeSettings } from './settings-text.ts';

const id = '6f9619ff-8b86-4d01-b42d-00cf4fc964ff';
const judge = (settings: unknown) => judgeSettings('settings.json', JSON.stringify(settings));

describe('judgeSettings', () => {
  it('gives the defaults where nothing is set', () => {
    const expected = {
      kind: 'usable',
      settings: {
        schema: 1,
        hosts: [],
        theme: 'system',
        intervals: { refreshSeconds: 10, sampleSeconds: 5 },
        secrets: { memoryMinutes: 480 },
      },
    };
    expect([judgeSettings('settings.json', null), judge({ schema: 1 })]).toEqual([expected, expected]);
  });

  it('fills in what is left out, keeps what it does not know, and takes a byte order mark', () => {
    const host = { id, target: 'ssh://a@b', colour: 'teal' };
    const text = `\ufeff${JSON.stringify({ schema: 1, hosts: [host], theme: 'night', sounds: { chime: true } })}`;
    expect(judgeSettings('settings.json', text)).toEqual({
      kind: 'usable',
      settings: {
        schema: 1,
        theme: 'night',
        sounds: { chime: true },
        hosts: [
          {
            ...host,
            ...{ mode: 'observe', identityFiles: [], pinned: [], protected: [], accepted: [], apps: {} },
            ...{ changesPerMinute: 10, destroysPerMinute: 3 },
          },
        ],
        intervals: { refreshSeconds: 10, sampleSeconds: 5 },
        secrets: { memoryMinutes: 480 },
      },
    });
  });

  it.each([
    [{ changesPerMinute: 0 }, 'broken'],
    [{ changesPerMinute: 1, destroysPerMinute: 600 }, 'usable'],
    [{ changesPerMinute: 601 }, 'broken'],
    [{ destroysPerMinute: 1.5 }, 'broken'],
    [{ protected: [{ app: 'shop', service: 'api', since: 'May' }] }, 'usable'],
    [{ protected: [{ app: 'shop' }] }, 'broken'],
    [{ mode: 'destroy' }, 'broken'],
  ])('takes %j of a host for %s', (more, kind) => {
    expect(judge({ schema: 1, hosts: [{ id, target: 'ssh://a', ...more }] }).kind).toBe(kind);
  });

  it('takes a host whose target cannot be read: that is no reason to lose the others', () => {
    const hosts = ['atlas', 'ssh://a b', 'ssh://a', 'ssh://a'].map((target, index) => ({
      id: id.replace(/.$/, String(index)),
      target,
    }));
    const judged = judge({ schema: 1, hosts });
    expect([judged.kind, judged.settings.hosts.map(({ target }) => target)]).toEqual([
      'usable',
      ['atlas', 'ssh://a b', 'ssh://a', 'ssh://a'],
    ]);
  });

  it.each([
    ['nothing', '', 'they are not JSON'],
    ['half a file', '{"schema": 1, "hosts": [', 'they are not JSON'],
    ['a list', '[]', 'they are not a JSON object'],
    ['null', 'null', 'they are not a JSON object'],
    ['no schema', '{}', 'they do not say which schema they follow'],
    ['a schema that is no number', '{"schema": "1"}', 'they do not say which schema they follow'],
    ['half a schema', '{"schema": 1.5}', 'they do not say which schema they follow'],
    ['a schema nobody wrote', '{"schema": 0}', 'nothing reads schema 0'],
    [
      'a mode there is not',
      `{"schema":1,"hosts":[{"id":"${id}","target":"ssh://a@b","mode":"root"}]}`,
      'hosts[0].mode: ',
    ],
    [
      'one host twice',
      `{"schema":1,"hosts":[{"id":"${id}","target":"ssh://a@b"},{"id":"${id}","target":"ssh://a@c"}]}`,
      'hosts[1].id: stands there twice',
    ],
    [
      'an interval that would hammer hosts',
      '{"schema":1,"intervals":{"refreshSeconds":0}}',
      'intervals.refreshSeconds: ',
    ],
    ['a theme there is not', '{"schema":1,"theme":"dusk"}', 'theme: '],
    ['a trap for prototypes', '{"schema":1,"__proto__":{"hosts":[]},"hosts":5}', 'hosts: '],
  ])('calls %s broken, says why, and quotes nothing of it', (_, text, why) => {
    expect(judgeSettings('settings.json', text)).toEqual({
      kind: 'broken',
      settings: defaultSettings(),
      problem: {
        where: 'settings.json',
        code: 'SETTINGS_BROKEN',
        message: expect.stringContaining(`The settings cannot be used: ${why}`),
        hint: expect.stringContaining('Repair the file.'),
      },
    });
  });

  it('knows settings from the future, whatever else stands in them', () => {
    expect(judge({ schema: 2, hosts: 'somewhere else' })).toEqual({
      kind: 'newer',
      settings: defaultSettings(),
      problem: {
        where: 'settings.json',
        code: 'SETTINGS_NEWER',
        message: expect.stringContaining('schema 2; this one reads up to 1'),
        hint: 'Update Binnacle, or name another folder with --home.',
      },
    });
  });

  it('lifts what is older', () => {
    const steps = [
      { from: 0, to: 1, migrate: ({ servers }: Readonly<Record<string, unknown>>) => ({ hosts: servers }) },
    ];
    const text = JSON.stringify({ schema: 0, servers: [{ id, target: 'ssh://a@b' }] });
    expect(judgeSettings('settings.json', text, steps)).toMatchObject({
      kind: 'usable',
      settings: { schema: 1, hosts: [{ id, target: 'ssh://a@b', mode: 'observe' }] },
    });
  });
});
