import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Problem } from '#contract/errors.ts';
import type { Fleet, Host } from '#contract/fleet.ts';
import { app, container, fleet, HOSTILE, host, offline } from './status.fixture.ts';
import { statusText } from './status-text.ts';
import { createStyle } from './style.ts';

const plain = createStyle(false);
const text = (view: Fleet, problems: readonly Problem[] = [], width = 100) => statusText(view, problems, plain, width);

const port = (hostPort: number | null) => ({ hostIp: null, hostPort, containerPort: 80, protocol: 'tcp' as const });

const shop = app(
  'shop',
  [
    container({
      service: 'api',
      verdict: 'down',
      reason: 'unhealthy: 503',
      health: 'unhealthy',
      cpuPercent: 71.2,
      memoryBytes: 640 * 2 ** 20,
    }),
    container({
      service: 'web',
      cpuPercent: 30,
      memoryBytes: 1.5 * 2 ** 30,
      ports: [port(8080), port(8080), port(8443), port(null)],
    }),
    container({ service: 'batch', state: 'exited', reason: 'finished' }),
    container({ service: 'cache', health: 'none', reason: 'unchecked' }),
  ],
  'down',
);
const wiki = app(
  'wiki',
  [container({ service: 'wiki', verdict: 'attention', reason: 'starting', provisional: true, memoryBytes: 0 })],
  'attention',
);

describe('statusText', () => {
  it('is the sentence, what needs attention worst first, the apps, and the problems', () => {
    const view = fleet([host(1, { verdict: 'down', apps: [wiki, shop] })], {
      verdict: 'down',
      sentence: '1 down, 1 needs attention · 2 s ago',
    });
    const problems: Problem[] = [
      { where: 'ssh://ops@atlas1', code: 'ENGINE_DENIED', message: 'Not allowed.', hint: 'Allow it.' },
      { where: 'settings', code: 'SETTINGS_NEWER', message: 'Too new.', hint: null },
    ];
    expect(text(view, problems)).toBe(`✖ 1 down, 1 needs attention · 2 s ago

NEEDS ATTENTION
✖  shop / api  unhealthy: 503
▲  wiki        starting (provisional)

APPS
   app   host    containers  CPU, cores   memory  ports
✖  shop  atlas1  ■●–○              1.01  2.13 GB  :8080 :8443
▲  wiki  atlas1  ▲                    –      0 B

PROBLEMS
ssh://ops@atlas1  Not allowed. (ENGINE_DENIED)
  Allow it.
settings  Too new. (SETTINGS_NEWER)
`);
  });

  it('leaves out what there is nothing of', () => {
    expect(text(fleet([host(1)]))).toBe('✔ All green · 2 s ago\n');
  });

  it('gives a host that is not live one row, whatever ran on it, and says on which host the others are', () => {
    const blind = app('shop', [container({ verdict: 'unknown', reason: 'last seen 40 s ago' })], 'unknown');
    const states: Host['status'][] = [
      offline,
      { state: 'connecting', attempt: 1, since: offline.since },
      {
        state: 'degraded',
        since: offline.since,
        code: 'ENGINE_TIMEOUT',
        message: 'The engine has answered nothing for 5 s.',
      },
      { state: 'blocked', since: offline.since, code: 'AUTH_FAILED', message: 'Not let in.' },
      { state: 'asking', attempt: 1, since: offline.since, what: 'passphrase', jump: null },
      { state: 'stale', since: offline.since },
    ];
    const hosts = states.map((status, index) => host(index, { status, verdict: 'unknown', apps: [blind, blind] }));
    const [, attention] = text(fleet([...hosts, host(7, { verdict: 'down', apps: [shop] })])).split('\n\n');
    expect(attention).toBe(`NEEDS ATTENTION
✖  shop / api  unhealthy: 503                                      atlas7
?  atlas0      offline: Nobody listens on port 22.
?  atlas1      connecting
?  atlas2      degraded: The engine has answered nothing for 5 s.
?  atlas3      blocked: Not let in.
?  atlas4      asks you: a passphrase
?  atlas5      stale: being asked again`);
  });

  it('shows twelve containers of an app, the odd ones first, and counts the others', () => {
    const many = Array.from({ length: 14 }, () => container());
    const [, apps = ''] = text(
      fleet([host(1, { apps: [app('big', [...many, container({ verdict: 'unknown' })])] })]),
    ).split('APPS\n');
    expect(apps).toContain('  ?●●●●●●●●●●● +3  ');
  });

  it('names the machine, and its port where it is another, not the user or the socket', () => {
    const targets = ['ssh://ops@[2001:db8::1]:2222/run/docker.sock', 'ssh://atlas', 'ssh://a@b.example/s'];
    const hosts = targets.map((target, index) => host(index, { target, status: offline, verdict: 'unknown' }));
    expect(text(fleet(hosts)).match(/\? {2}\S+/g)).toEqual(['?  [2001:db8::1]:2222', '?  atlas', '?  b.example']);
  });

  it('keeps everything for whoever reads a pipe', () => {
    const long = (char: string) => char.repeat(90);
    const view = fleet([
      host(1, {
        target: `ssh://${long('h')}`,
        apps: [app(long('a'), [container({ service: long('s'), reason: long('r'), verdict: 'down' })], 'down')],
      }),
    ]);
    const shown = text(
      view,
      [{ where: long('w'), code: 'INTERNAL', message: long('m'), hint: long('i') }],
      Number.POSITIVE_INFINITY,
    );
    expect([...'harswmi'].map((char) => shown.includes(long(char)))).toEqual(Array(7).fill(true));
    expect(shown).not.toContain('…');
  });

  it('shows no control character or bidi mark of a host', () => {
    const hostile = container({ name: HOSTILE, service: HOSTILE, image: HOSTILE, reason: HOSTILE, verdict: 'down' });
    const view = fleet([
      host(1, { apps: [app(HOSTILE, [hostile], 'down')] }),
      host(2, { status: { ...offline, message: HOSTILE }, verdict: 'unknown' }),
    ]);
    const problem: Problem = { where: HOSTILE, code: 'INTERNAL', message: HOSTILE, hint: HOSTILE };
    for (const width of [60, 100, Number.POSITIVE_INFINITY]) {
      const shown = text(view, [problem], width);
      expect(shown.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      expect(shown).toContain('␛[31mred');
    }
  });

  it('is never wider than the terminal, with colour as without, and says the same', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '-', '1'), minLength: 1, maxLength: 70 });
    const containers = fc
      .array(fc.record({ service: word, reason: word, verdict: fc.constantFrom('down', 'attention', 'green') }), {
        minLength: 1,
        maxLength: 20,
      })
      .map((all) => all.map((over) => container({ ...over, ports: [port(8080), port(9090), port(65535)] } as object)));
    const hosts = fc.array(
      fc.record({ name: word, containers, isLive: fc.boolean() }).map(({ name, containers: all, isLive }) =>
        host(1, {
          target: `ssh://ops@${name.replaceAll(' ', '')}`,
          apps: [app(name, all)],
          ...(isLive ? {} : { status: { ...offline, message: name } }),
        }),
      ),
      { minLength: 1, maxLength: 3 },
    );
    const problems = fc.array(
      fc
        .record({ where: word, message: word, hint: fc.option(word) })
        .map((each): Problem => ({ ...each, code: 'CONNECT_REFUSED' })),
      { maxLength: 3 },
    );
    fc.assert(
      fc.property(hosts, word, problems, fc.integer({ min: 60, max: 200 }), (all, sentence, told, width) => {
        const view = fleet(all, { sentence });
        const bare = text(view, told, width);
        const painted = statusText(view, told, createStyle(true), width);
        const tooWide = bare.split('\n').filter((line) => [...line].length > width);
        // Spaces at the end of a line are only taken away where they are not painted.
        const unpainted = stripVTControlCharacters(painted).replace(/ +$/gm, '');
        expect([tooWide, unpainted]).toEqual([[], bare.replace(/ +$/gm, '')]);
      }),
      { numRuns: 200 },
    );
  });
});
