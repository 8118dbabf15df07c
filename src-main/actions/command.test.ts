import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commandByHand, sshLine } from './command.ts';
import { containerId } from './host.fixture.ts';
import type { PlannedChange } from './model.ts';

const restart = (name: string, over: Partial<PlannedChange> = {}): PlannedChange => ({
  containerId: containerId('a41c'),
  name,
  service: 'api',
  what: 'restart',
  graceSeconds: 10,
  steps: { down: 0, up: 1, well: 2 },
  healthWaitMs: null,
  ...over,
});

describe('commandByHand', () => {
  it.each([
    ['ssh://ops@atlas', "ssh ops@atlas 'docker restart -t 10 shop-api-1'"],
    ['ssh://ops@atlas:2222', "ssh -p 2222 ops@atlas 'docker restart -t 10 shop-api-1'"],
    [
      'ssh://ops@atlas/run/user/1000/docker.sock',
      "ssh ops@atlas 'docker -H unix:///run/user/1000/docker.sock restart -t 10 shop-api-1'",
    ],
    ['ssh://ops@[fe80::1%25eth0]', "ssh 'ops@fe80::1%eth0' 'docker restart -t 10 shop-api-1'"],
    ['ssh://atlas', "ssh atlas 'docker restart -t 10 shop-api-1'"],
    // ssh_config may have another port for it.
    ['ssh://ops@atlas:22', "ssh -p 22 ops@atlas 'docker restart -t 10 shop-api-1'"],
    ['ssh://ops@atlas?via=dial-stdio', "ssh ops@atlas 'docker restart -t 10 shop-api-1'"],
    [
      'ssh://ops@atlas/var/run/docker.sock?via=dial-stdio',
      "ssh ops@atlas 'docker -H unix:///var/run/docker.sock restart -t 10 shop-api-1'",
    ],
    ['ssh://ops@atlas?via=sudo-dial-stdio', "ssh ops@atlas 'sudo docker restart -t 10 shop-api-1'"],
    [
      'ssh://ops@atlas/run/x.sock?via=sudo-dial-stdio',
      "ssh ops@atlas 'sudo docker -H unix:///run/x.sock restart -t 10 shop-api-1'",
    ],
    ['ssh://ops@atlas?tcp=127.0.0.1:2375', "ssh ops@atlas 'docker -H tcp://127.0.0.1:2375 restart -t 10 shop-api-1'"],
    ['ssh://ops@atlas?tcp=[::1]:2375', "ssh ops@atlas 'docker -H '\\''tcp://[::1]:2375'\\'' restart -t 10 shop-api-1'"],
    ['local:', 'docker restart -t 10 shop-api-1'],
    ['local:/run/user/1000/docker.sock', 'docker -H unix:///run/user/1000/docker.sock restart -t 10 shop-api-1'],
    ['ssh://a%24b@atlas', "ssh 'a$b@atlas' 'docker restart -t 10 shop-api-1'"],
    [
      'ssh://ops@atlas/srv/it%27s%24/d.sock',
      "ssh ops@atlas 'docker -H '\\''unix:///srv/it'\\''\\'\\'''\\''s$/d.sock'\\'' restart -t 10 shop-api-1'",
    ],
    ['no target at all', 'docker restart -t 10 shop-api-1'],
  ])('for %s', (target, command) => {
    expect(commandByHand(target, [restart('shop-api-1')])).toBe(command);
  });

  it('joins several, and gives a start no grace', () => {
    const changes = [restart('a', { what: 'stop', graceSeconds: 60 }), restart('b', { what: 'start' })];
    expect(['ssh://ops@atlas', 'local:'].map((target) => commandByHand(target, changes))).toEqual([
      "ssh ops@atlas 'docker stop -t 60 a && docker start b'",
      'docker stop -t 60 a && docker start b',
    ]);
  });

  it.each(['-rf', 'a b', '$(reboot)', "it's", 'a\\u{202e}b', 'a'.repeat(129), ''])(
    'names by its id what no engine calls so: %j',
    (name) => {
      expect(commandByHand('ssh://ops@atlas', [restart(name)])).toBe(
        `ssh ops@atlas 'docker restart -t 10 ${containerId('a41c')}'`,
      );
    },
  );
});

describe('sshLine', () => {
  /** What a shell here makes of the line, and then, of what `ssh` would send, a shell there. */
  function carriedOut(line: string): { here: string[]; there: string[][] } {
    const sh = (script: string) => execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' });
    const tell = `tell() { printf '%s\\0' "$@"; printf '\\0'; }; ssh() { tell "$@"; }; docker() { tell "$@"; };`;
    const read = (output: string) =>
      output
        .split('\0\0')
        .slice(0, -1)
        .map((words) => words.split('\0'));
    const here = read(sh(`${tell} ${line}`))[0] ?? [];
    return { here: here.slice(0, -1), there: read(sh(`${tell} ${here.at(-1) ?? ''}`)) };
  }

  const word = fc.oneof(
    fc.string({ unit: fc.constantFrom(...'\'"\\$`!*?[]{}()<>|&;#~= \t\n\r-%ab'), minLength: 1 }),
    fc.string({ unit: 'binary', minLength: 1 }).map((text) => `x${text.replaceAll('\0', '')}`),
    fc.constantFrom("'", "''", '$(id)', '--', 'a\nb', '\u202e', '😀', '=ls', '~'),
  );

  it('gives two real shells, one after the other, exactly the same words', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(word, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 }),
        (commands) => {
          const target = { user: 'ops', host: 'atlas', port: 2222 };
          const line = sshLine(
            target,
            commands.map((words) => ['docker', ...words]),
          );
          expect(carriedOut(line)).toEqual({ here: ['-p', '2222', 'ops@atlas'], there: commands });
        },
      ),
      { numRuns: 100 },
    );
  });

  it('carries a user as it is written', () => {
    const user = "it's $(id)";
    const line = sshLine({ user, host: 'atlas', port: null }, [['docker', 'start', 'a']]);
    expect(carriedOut(line)).toEqual({ here: [`${user}@atlas`], there: [['start', 'a']] });
  });
});
