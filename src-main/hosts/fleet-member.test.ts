import { expect, it } from 'vitest';
import type { ConnectPhase } from '../fleet/host-session.ts';
import { AppError } from '../kernel/errors.ts';
import type { SshPrompts } from '../ssh/connection-types.ts';
import { hopOf } from '../ssh/hop.fixture.ts';
import { parseTarget } from '../ssh/target.ts';
import { fleetMember, passingHost, savedHost } from './fleet-member.ts';
import type { ReachRequest } from './host-reach.ts';

const nobody: SshPrompts = {
  acceptHostKey: async () => 'unanswerable',
  passphrase: async () => null,
  password: async () => null,
  challenge: async () => null,
  wrongPassword: () => undefined,
};

it('reaches its host by what is saved for it, and tells what it is at', async () => {
  const asked: ReachRequest[] = [];
  const refused = new AppError('CONNECT_REFUSED', 'Nobody is there.');
  const host = passingHost('id', parseTarget('ssh://Atlas?via=dial-stdio'), ['/k']);
  const { connector, target, label } = fleetMember(
    host,
    async (request) => {
      asked.push(request);
      const about = { step: 'authenticate', hop: hopOf(), isJump: true } as const;
      request.onEvent?.({ kind: 'begun', ...about });
      request.onEvent?.({ kind: 'asking', ...about, what: 'code' });
      throw refused;
    },
    nobody,
  );
  const { signal } = new AbortController();
  const mode = () => 'observe' as const;
  const phases: ConnectPhase[] = [];
  const again = async () => false;
  await expect(connector.connect(signal, mode, (phase) => phases.push(phase), true, again)).rejects.toBe(refused);
  const [request] = asked;
  expect({ target, label, phases, identityFiles: request?.identityFiles, of: request?.target }).toEqual({
    target: 'ssh://atlas?via=dial-stdio',
    label: 'atlas',
    phases: [
      { state: 'connecting' },
      { state: 'authenticating' },
      { state: 'asking', what: 'code', jump: 'me@127.0.0.1:22' },
    ],
    identityFiles: ['/k'],
    of: host.target,
  });
  const { mode: given, isWished, again: asks } = request ?? {};
  expect([request?.signal, given, isWished, asks]).toEqual([signal, mode, true, again]);
});

it.each([
  ['local:', undefined, 'this machine'],
  ['local:', 'Here', 'Here'],
  ['ssh://ana@[::1]', undefined, '::1'],
])('calls %s, named %s, %s', (text, name, label) => {
  const settings = {
    id: 'id',
    target: text,
    ...(name === undefined ? {} : { name }),
    mode: 'operate' as const,
    identityFiles: [],
    pinned: [],
    protected: [],
    accepted: [],
    apps: {},
    changesPerMinute: 1,
    destroysPerMinute: 2,
  };
  const host = savedHost(parseTarget(text), settings, ['/first']);
  expect([host.label, host.mode, host.rates, host.identityFiles]).toEqual([
    label,
    'operate',
    { changesPerMinute: 1, destroysPerMinute: 2 },
    ['/first'],
  ]);
});
