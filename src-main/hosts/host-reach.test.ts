import { expect, it } from 'vitest';
import { freePort } from '../../lab/sshd-process.ts';
import { systemClock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { withConfig } from '../ssh/config/ssh-config.fixture.ts';
import { createSshConfig, type SshConfig } from '../ssh/config/ssh-config.ts';
import { anyHostKey, nobody } from '../ssh/connection.fixture.ts';
import { createHopPool } from '../ssh/hop-pool.ts';
import { parseTarget } from '../ssh/target.ts';
import { createHostReach } from './host-reach.ts';

it('is given up at once with whoever wants it, though the folder of ssh_config hangs', async () => {
  const config: SshConfig = { route: () => new Promise(() => {}), aliases: async () => [] };
  await using hops = createHopPool({ clock: systemClock });
  const stop = new AbortController();
  const reaching = createHostReach({ policy: anyHostKey, config, hops, clock: systemClock })({
    ...{ target: parseTarget('ssh://atlas'), identityFiles: null, mode: () => 'observe', prompts: nobody },
    ...{ signal: stop.signal, isWished: true },
  });
  stop.abort(new AppError('CANCELLED', 'Enough.'));
  await expect(reaching).rejects.toMatchObject({ message: 'Enough.' });
});

it('tells with a failure which lines of ssh_config were not followed and bear on it, and of no others', async () => {
  // Bound and let go: nothing listens there.
  const port = await freePort();
  const config = [
    `Host web\n  HostName 127.0.0.1\n  Port ${port}\n  CertificateFile ~/.ssh/c\n  AddressFamily inet6`,
    'Match host 127.0.0.1 exec "true"\n  ProxyJump gate',
  ].join('\n');
  await using hops = createHopPool({ clock: systemClock });
  await withConfig({ '.ssh/config': config }, async ({ options }) => {
    const reach = createHostReach({
      ...{ policy: anyHostKey, config: createSshConfig({ ...options, agentSocket: null }), hops, clock: systemClock },
    });
    const reaching = reach({
      ...{ target: parseTarget('ssh://web'), identityFiles: null, mode: () => 'observe', prompts: nobody },
      ...{ signal: new AbortController().signal, isWished: true },
    });
    await expect(reaching).rejects.toMatchObject({
      code: 'CONNECT_REFUSED',
      message: `127.0.0.1:${port} refused the connection. The lines after Match (~/.ssh/config:6) are left out: Binnacle does not follow exec, which would run a command. AddressFamily (~/.ssh/config:5) is not followed: all addresses of a host are tried.`,
      hint: expect.any(String),
    });
  });
});
