import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readParts, readTarget, type TargetParts } from './target-reading.ts';

const part = (user: string, host: string, port = '', socketPath = ''): TargetParts => ({
  user,
  host,
  port,
  socketPath,
  via: '',
  tcp: '',
});

describe('one field', () => {
  test.each([
    ['atlas', 'ssh://atlas', part('', 'atlas')],
    ['deploy@atlas', 'ssh://deploy@atlas', part('deploy', 'atlas')],
    [
      '  deploy@atlas.example.org:2222 ',
      'ssh://deploy@atlas.example.org:2222',
      part('deploy', 'atlas.example.org', '2222'),
    ],
    ['ssh://deploy@atlas:22/', 'ssh://deploy@atlas:22', part('deploy', 'atlas', '22')],
    ['SSH://atlas', 'ssh://atlas', part('', 'atlas')],
    ['ssh deploy@atlas', 'ssh://deploy@atlas', part('deploy', 'atlas')],
    ['ana@corp.example@atlas', 'ssh://ana%40corp.example@atlas', part('ana@corp.example', 'atlas')],
    ['2001:db8::1', 'ssh://[2001:db8::1]', part('', '2001:db8::1')],
    ['root@[2001:db8::1]:2222', 'ssh://root@[2001:db8::1]:2222', part('root', '2001:db8::1', '2222')],
    ['root@fe80::1%eth0', 'ssh://root@[fe80::1%25eth0]', part('root', 'fe80::1%eth0')],
    [
      'atlas/run/user/1000/podman/podman.sock',
      'ssh://atlas/run/user/1000/podman/podman.sock',
      part('', 'atlas', '', '/run/user/1000/podman/podman.sock'),
    ],
    ['atlas/var/run/docker.sock', 'ssh://atlas', part('', 'atlas', '', '/var/run/docker.sock')],
    ['atlas/run/a%23b', 'ssh://atlas/run/a%23b', part('', 'atlas', '', '/run/a#b')],
    ['atlas?via=dial-stdio', 'ssh://atlas?via=dial-stdio', { ...part('', 'atlas'), via: 'dial-stdio' }],
    [
      'ana@atlas/var/run/docker.sock?via=sudo-dial-stdio',
      'ssh://ana@atlas/var/run/docker.sock?via=sudo-dial-stdio',
      { ...part('ana', 'atlas', '', '/var/run/docker.sock'), via: 'sudo-dial-stdio' },
    ],
    [
      'atlas:2222?tcp=127.0.0.1:2375',
      'ssh://atlas:2222?tcp=127.0.0.1:2375',
      { ...part('', 'atlas', '2222'), tcp: '127.0.0.1:2375' },
    ],
    ['atlas/?tcp=[::1]:2375', 'ssh://atlas?tcp=[::1]:2375', { ...part('', 'atlas'), tcp: '[::1]:2375' }],
    ['local:', 'local:', part('', '')],
    [' LOCAL:/ ', 'local:', part('', '')],
    ['local:/var/run/docker.sock', 'local:', part('', '', '', '/var/run/docker.sock')],
    ['local:/run/a%23b', 'local:/run/a%23b', part('', '', '', '/run/a#b')],
  ])('%j', (text, target, parts) => {
    expect(readTarget(text)).toEqual({ reading: 'understood', target, parts });
  });

  test.each([
    ['https://atlas', 'Binnacle reaches hosts over SSH only, not over https.'],
    ['tcp://atlas:2375', 'Binnacle reaches hosts over SSH only, not over tcp.'],
    ['ana:secret@atlas', 'Leave the password out: Binnacle logs in with ssh-agent or a key file.'],
    ['ana@', 'Name the host: a name or an address.'],
    ['@atlas', 'There is no user before the @.'],
    ['ana atlas', 'There is a space in it.'],
    ['ssh -p 22 atlas', 'There is a space in it.'],
    ['atlas:ssh', 'The port is a number from 1 to 65535.'],
    ['atlas:65536', 'The port is a number from 1 to 65535.'],
    ['-oProxyCommand=x', 'A host name does not begin with a dash.'],
    ['atlas?x', 'After the ? comes via=dial-stdio, via=sudo-dial-stdio or tcp=HOST:PORT.'],
    ['atlas?via=ssh', 'After the ? comes via=dial-stdio, via=sudo-dial-stdio or tcp=HOST:PORT.'],
    ['atlas?tcp=', 'After the ? comes via=dial-stdio, via=sudo-dial-stdio or tcp=HOST:PORT.'],
    ['atlas?tcp=2375', 'The engine’s port is written as in 127.0.0.1:2375.'],
    ['atlas?tcp=127.0.0.1:0', 'The engine’s port is written as in 127.0.0.1:2375.'],
    ['atlas/run/x.sock?tcp=127.0.0.1:2375', 'The engine is reached by its socket or by a port, not by both.'],
    ['local:run/docker.sock', 'The socket’s path is written in full, from the root.'],
    ['local://run/docker.sock', 'The socket’s path is written in full, from the root.'],
    ['unix:///var/run/docker.sock', 'For the engine of this machine write local: and the socket’s path.'],
  ])('%j is not understood, and said why', (text, why) => {
    expect(readTarget(text)).toEqual({ reading: 'unclear', why });
  });

  test('nothing typed is nothing wrong', () => {
    expect(readTarget('  ')).toEqual({ reading: 'empty' });
  });
});

describe('separate fields', () => {
  test('are read as the one field would be', () => {
    expect(readParts(part(' deploy ', 'atlas', '2222', '/run/podman.sock'))).toEqual({
      reading: 'understood',
      target: 'ssh://deploy@atlas:2222/run/podman.sock',
      parts: part('deploy', 'atlas', '2222', '/run/podman.sock'),
    });
  });

  test.each([
    [part('ana', ''), 'Name the host: a name or an address.'],
    [part('', 'a b'), 'The host has a character that no host name has.'],
    [part('', 'atlas', '0'), 'The port is a number from 1 to 65535.'],
    [part('', 'atlas', '', 'run/docker.sock'), 'The socket’s path is written in full, from the root.'],
    [{ ...part('', ''), tcp: '127.0.0.1:2375' }, 'Name the host: a name or an address.'],
    [
      { ...part('', 'atlas'), via: 'dial-stdio' as const, tcp: '127.0.0.1:2375' },
      'The engine is reached by its socket or by a port, not by both.',
    ],
  ])('%j', (parts, why) => {
    expect(readParts(parts)).toEqual({ reading: 'unclear', why });
  });

  test('a way alone is nothing typed', () => {
    expect(readParts({ ...part('', ''), via: 'dial-stdio' })).toEqual({ reading: 'empty' });
  });

  test('what is understood is understood the same again from its target', () => {
    const word = fc.stringMatching(/^[a-z][a-z0-9@%:._-]{0,8}$/);
    fc.assert(
      fc.property(
        fc
          .record({
            user: word.filter((text) => !text.includes(':')),
            host: fc.stringMatching(/^[a-z0-9][a-z0-9.-]{0,12}$/),
            port: fc.constantFrom('', '22', '2222'),
            socketPath: fc.constantFrom('', '/run/x y.sock', '/run/50%/what?ü.sock'),
            via: fc.constantFrom('' as const, 'dial-stdio' as const, 'sudo-dial-stdio' as const),
            tcp: fc.constantFrom('', '', 'proxy:2375'),
          })
          .map((parts) => (parts.tcp === '' ? parts : { ...parts, socketPath: '', via: '' as const })),
        (parts) => {
          const reading = readParts(parts);
          if (reading.reading !== 'understood') throw new Error('was not understood');
          expect(readTarget(reading.target)).toEqual(reading);
        },
      ),
    );
  });
});
