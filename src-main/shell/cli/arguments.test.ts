import { describe, expect, it } from 'vitest';
import { parseArguments } from './arguments.ts';

const place = { cwd: '/srv', homedir: () => '/home/ana' };
const parse = (line: string) => parseArguments(line === '' ? [] : line.split(' '), place);
const FINGERPRINT = `SHA256:${'A'.repeat(43)}`;
const status = {
  kind: 'status',
  targets: [],
  identityFiles: [],
  knownHostsFile: null,
  sshConfigFile: null,
  acceptHostKey: null,
  passphraseFd: null,
  json: false,
  watch: false,
  timeoutMs: 30_000,
  home: null,
};
const test = {
  kind: 'hosts-test',
  host: 'web',
  identityFiles: [],
  knownHostsFile: null,
  sshConfigFile: null,
  acceptHostKey: null,
  passphraseFd: null,
  json: false,
  timeoutMs: 30_000,
  home: null,
};
const show = {
  kind: 'audit-show',
  host: null,
  app: null,
  action: null,
  outcome: null,
  since: null,
  until: null,
  limit: null,
  json: false,
  home: null,
};

describe('parseArguments', () => {
  it.each([
    ['', { kind: 'help', topic: 'binnacle' }],
    ['help', { kind: 'help', topic: 'binnacle' }],
    ['help hosts', { kind: 'help', topic: 'hosts' }],
    ['--help', { kind: 'help', topic: 'binnacle' }],
    ['status -h ssh://a --timeout 0', { kind: 'help', topic: 'status' }],
    ['--version', { kind: 'version' }],
    ['status', status],
    ['status ssh://a ssh://b', { ...status, targets: ['ssh://a', 'ssh://b'] }],
    ['--json status -w', { ...status, json: true, watch: true }],
    ['status -- --json', { ...status, targets: ['--json'] }],
    [
      'status -i k --identity=~/.ssh/k --identity /k --known-hosts ../kh --home ~',
      {
        ...status,
        identityFiles: ['/srv/k', '/home/ana/.ssh/k', '/k'],
        knownHostsFile: '/kh',
        home: '/home/ana',
      },
    ],
    [
      `status ssh://a --accept-host-key ${FINGERPRINT}=`,
      { ...status, targets: ['ssh://a'], acceptHostKey: FINGERPRINT },
    ],
    ['status --passphrase-fd 3', { ...status, passphraseFd: 3 }],
    ['status --passphrase-fd 0', { ...status, passphraseFd: 0 }],
    ['status --timeout 2.5', { ...status, timeoutMs: 2_500 }],
    ['status --timeout .001', { ...status, timeoutMs: 1 }],
    ['status --timeout=3600', { ...status, timeoutMs: 3_600_000 }],
    [
      'hosts add ssh://a --name web -i k --json',
      { kind: 'hosts-add', target: 'ssh://a', name: 'web', identityFiles: ['/srv/k'], json: true, home: null },
    ],
    ['hosts list', { kind: 'hosts-list', json: false, home: null }],
    ['status --ssh-config c', { ...status, sshConfigFile: '/srv/c' }],
    ['status --ssh-config none', { ...status, sshConfigFile: 'none' }],
    ['status --ssh-config ./none', { ...status, sshConfigFile: '/srv/none' }],
    ['hosts test web', test],
    [
      `hosts test local: -i k --known-hosts kh --ssh-config none --accept-host-key ${FINGERPRINT} --passphrase-fd 3 --timeout 5 --json --home h`,
      {
        ...test,
        host: 'local:',
        identityFiles: ['/srv/k'],
        knownHostsFile: '/srv/kh',
        sshConfigFile: 'none',
        acceptHostKey: FINGERPRINT,
        passphraseFd: 3,
        timeoutMs: 5_000,
        json: true,
        home: '/srv/h',
      },
    ],
    ['hosts aliases', { kind: 'hosts-aliases', sshConfigFile: null, json: false, home: null }],
    ['hosts aliases --ssh-config c --json', { kind: 'hosts-aliases', sshConfigFile: '/srv/c', json: true, home: null }],
    ['serve', { kind: 'serve', port: 0, open: true, demo: false, home: null }],
    [
      'serve --port 8650 --no-open --demo --home h',
      { kind: 'serve', port: 8_650, open: false, demo: true, home: '/srv/h' },
    ],
    ['serve --port=0', { kind: 'serve', port: 0, open: true, demo: false, home: null }],
    ['audit show', show],
    [
      'audit show --host atlas --app shop --action app.restart --outcome failed --since 2h --until 2026-11-21 --limit 20 --json --home h',
      {
        ...show,
        host: 'atlas',
        app: 'shop',
        action: 'app.restart',
        outcome: 'failed',
        since: { kind: 'ago', ms: 7_200_000 },
        until: { kind: 'day', year: 2026, month: 11, day: 21 },
        limit: 20,
        json: true,
        home: '/srv/h',
      },
    ],
    ['audit verify --json', { kind: 'audit-verify', json: true, home: null }],
    ['help audit', { kind: 'help', topic: 'audit' }],
    ['help serve', { kind: 'help', topic: 'serve' }],
    ['hosts remove web --home h', { kind: 'hosts-remove', host: 'web', json: false, home: '/srv/h' }],
  ])('%s', (line, expected) => {
    expect(parse(line)).toEqual(expected);
  });

  it.each([
    ['statsu', 'There is no command "statsu".', 'Did you mean status?'],
    ['restart', 'There is no command "restart".', 'There are: status, hosts, audit, serve, help.'],
    ['ssh://me:hunter2@a', 'A command has to stand before the target.', 'binnacle status ssh://'],
    ['help restart', 'There is no command "restart".', 'There are: status, hosts, audit, serve, help.'],
    ['--json', '--json needs a command before it.', 'binnacle status --json'],
    ['status --jsn', 'There is no option "--jsn".', 'Did you mean --json?'],
    ['status -x', 'There is no option "-x".', 'There are: --identity'],
    ['status --json=yes', '--json takes no value.', 'Write it as --json alone.'],
    ['status --identity', '--identity needs a value.', '--identity=VALUE'],
    ['status --identity --json', '--identity needs a value.', '--identity=VALUE'],
    ['status --identity=', '--identity needs the path of a file.', 'help'],
    ['status --home=', '--home needs the path of a folder.', 'help'],
    ['status --timeout 1 --timeout 2', '--timeout is given twice.', 'Give it once.'],
    ['local:', 'A command has to stand before the target.', 'binnacle status ssh://'],
    ['hosts test', 'hosts test needs to know which host.', 'binnacle hosts test TARGET|ID|NAME'],
    ['hosts test a b', 'hosts test takes one host but options.', 'binnacle hosts test TARGET|ID|NAME'],
    ['hosts test a --watch', 'hosts test does not take --watch.', 'It belongs to: status.'],
    ['hosts aliases web', 'hosts aliases takes nothing but options.', 'binnacle hosts aliases [--json]'],
    ['status --name web', 'status does not take --name.', 'It belongs to: hosts add.'],
    ['hosts list --watch', 'hosts list does not take --watch.', 'It belongs to: status.'],
    ['status --accept-host-key SHA256:abc', '--accept-host-key needs a fingerprint', 'ssh-keygen -lf'],
    // 43 characters that no digest is written by.
    [
      `status ssh://a --accept-host-key SHA256:${'A'.repeat(42)}B`,
      '--accept-host-key needs a fingerprint',
      'ssh-keygen -lf',
    ],
    [
      `status ssh://a ssh://b --accept-host-key ${FINGERPRINT}`,
      '--accept-host-key needs exactly one target, not 2.',
      'A key belongs to one machine',
    ],
    [`status --accept-host-key ${FINGERPRINT}`, '--accept-host-key needs exactly one target, not 0.', 'one machine'],
    [
      `status ssh://a --accept-host-key ${FINGERPRINT} --accept-host-key ${FINGERPRINT}`,
      '--accept-host-key is given twice.',
      'Give it once.',
    ],
    ...['1', '2', '256', '-1', '3x', '1e1', ''].map((fd) => [
      `status --passphrase-fd=${fd}`,
      '--passphrase-fd needs the number of an open file descriptor',
      '3<',
    ]),
    ...['0', '0.0001', '3600.1', '-5', '1e3', 'Infinity', 'NaN', '0x10', '1,5', '1.', ''].map((seconds) => [
      `status --timeout=${seconds}`,
      '--timeout needs seconds: more than 0 and at most 3600.',
      '--timeout 10',
    ]),
    ...['1023', '65536', '-1', '80', '8e3', '0x50', '08650x', ''].map((port) => [
      `serve --port=${port}`,
      '--port needs a number from 1024 to 65535, or 0 for any that is free.',
      'binnacle serve --port 8650',
    ]),
    ['serve ssh://me:hunter2@a', 'serve takes nothing but options.', 'hosts add'],
    ['serve --json', 'serve does not take --json.', 'It belongs to: status, hosts add'],
    ['status --no-open', 'status does not take --no-open.', 'It belongs to: serve.'],
    ['audit', 'audit needs to know what to do.', 'show, verify'],
    ['audit shwo', 'There is no audit command "shwo".', 'Did you mean show?'],
    ['audit show shop', 'audit show takes nothing but options.', '--host'],
    ['audit verify now', 'audit verify takes nothing but options.', 'binnacle audit verify [--json]'],
    ['audit verify --since 2h', 'audit verify does not take --since.', 'It belongs to: audit show.'],
    ['audit show --action container.stopp', 'There is no action "container.stopp".', 'Did you mean container.stop?'],
    ['audit show --outcome green', 'There is no outcome "green".', 'open, succeeded, failed, cancelled, unknown'],
    ['audit show --since yesterday', '--since needs a date, a date and time, or how long ago.', '--since 2h'],
    ['audit show --app=', '--app needs the name of an app.', 'help audit'],
    [`audit show --host=${'x'.repeat(513)}`, '--host needs the name of a host.', 'help audit'],
    ...['0', '100001', '1e3', '-1', ''].map((limit) => [
      `audit show --limit=${limit}`,
      '--limit needs a number from 1 to 100000.',
      '--limit 20',
    ]),
    ['hosts', 'hosts needs to know what to do.', 'add, list, remove, test, aliases'],
    ['hosts show', 'There is no hosts command "show".', 'There are: add, list, remove, test, aliases.'],
    ['hosts remvoe', 'There is no hosts command "remvoe".', 'Did you mean remove?'],
    ['hosts add', 'hosts add needs to know which host.', 'binnacle hosts add TARGET'],
    ['hosts add ssh://me:hunter2@a ssh://me:hunter2@b', 'hosts add takes one host but options.', 'hosts add TARGET'],
    ['hosts list all', 'hosts list takes nothing but options.', 'binnacle hosts list [--json]'],
  ] as [string, string, string][])('refuses %s', (line, message, hint) => {
    let error: unknown;
    try {
      parse(line);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining(message),
      hint: expect.stringContaining(hint),
    });
    expect(JSON.stringify(error)).not.toContain('hunter2');
  });

  it('shows what was typed without its controls', () => {
    expect(() => parseArguments(['\x1b[31mstatus\u202e'], place)).toThrow(
      'There is no command "␛[31mstatus\\u{202e}".',
    );
  });
});
