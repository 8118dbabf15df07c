import { expect, it } from 'vitest';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { seenLinesOf } from './trial-seen.ts';

const seen = (details: Record<string, unknown>) => seenLinesOf(new AppError('INTERNAL', 'So it is.', { details }));

it.each<[string, Record<string, unknown>, string[]]>([
  ['nothing', {}, []],
  ['one thing', { seen: 'ECONNREFUSED' }, ['ECONNREFUSED']],
  ['several', { seen: ['test -S: yes', 'test -w: no', 7, ''] }, ['test -S: yes', 'test -w: no']],
  [
    'what answered',
    { phase: 'greeting', firstLine: '220 mail', seen: 'closed' },
    ['closed', 'it said “220 mail” first'],
  ],
  [
    'a key that is not the one known',
    {
      keyType: 'ssh-ed25519',
      fingerprint: 'SHA256:new',
      known: [{ type: 'ssh-rsa', fingerprint: 'SHA256:old', file: '~/.ssh/known_hosts', line: 3 }, null, {}],
    },
    ['the host showed ssh-ed25519 SHA256:new', 'known: ssh-rsa SHA256:old (~/.ssh/known_hosts:3)'],
  ],
  [
    'a key that changed between',
    { accepted: 'SHA256:a', shown: 'SHA256:b' },
    ['it showed SHA256:a first, and SHA256:b now'],
  ],
  ['a line of a file', { file: '~/.ssh/config', line: 12 }, ['~/.ssh/config:12']],
  ['a file others may read', { file: '~/.ssh/k', mode: '0644' }, ['~/.ssh/k', 'its mode is 0644']],
  [
    'a refused login',
    {
      tried: ['~/.ssh/id_ed25519', 'ssh-agent: work'],
      methods: ['publickey', 'password'],
      unusable: [{ type: 'sk-ssh-ed25519@openssh.com', comment: 'token' }, 'no'],
      agent: null,
    },
    [
      'offered: ~/.ssh/id_ed25519, ssh-agent: work',
      'the host takes: publickey, password',
      'in ssh-agent, and of no use yet: sk-ssh-ed25519@openssh.com token',
    ],
  ],
  ['a login with nothing', { tried: [], methods: null }, ['offered: nothing']],
  [
    'a machine on the way',
    { seen: 'open failed', seenFrom: 'ana@bastion:22' },
    ['open failed', 'seen from ana@bastion:22'],
  ],
  ['an answer', { call: 'list containers', status: 403, said: 'no' }, ['“list containers” was answered with 403: no']],
])('tells of %s', (_, details, lines) => {
  expect(seen(details)).toEqual(lines);
});

it('shows nothing as it came, and nothing at length', () => {
  const [line = ''] = seen({ seen: `\u001b[2J\u202e${'x'.repeat(10_000)}` });
  expect([line.startsWith('␛[2J\\u{202e}x'), line.length <= limits.text.reasonChars]).toEqual([true, true]);
});
