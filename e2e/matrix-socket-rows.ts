import type { Row } from './matrix-row.ts';
import { tcpDoor } from './matrix-tcp-door.ts';

const NO_SOCKETS = 'AllowStreamLocalForwarding no';
const ALWAYS_DIAL = [/:\d+\?via=dial-stdio$/];

/** From sshd to the engine’s socket, where one way leads there. */
export const socketRows: readonly Row[] = [
  {
    area: 'Socket',
    name: '`docker system dial-stdio` where `AllowStreamLocalForwarding no`',
    account: { sshd: [NO_SOCKETS] },
    expected: { outcome: 'reached', via: 'dial-stdio', offers: ALWAYS_DIAL },
  },
  {
    area: 'Socket',
    name: 'the same where `AllowTcpForwarding no`',
    account: { sshd: ['AllowTcpForwarding no'] },
    expected: { outcome: 'reached', via: 'dial-stdio', offers: ALWAYS_DIAL },
  },
  {
    area: 'Socket',
    name: 'the same where `DisableForwarding yes`',
    account: { sshd: ['DisableForwarding yes'] },
    expected: { outcome: 'reached', via: 'dial-stdio', offers: ALWAYS_DIAL },
  },
  {
    area: 'Socket',
    name: 'the same with a `restrict` key',
    account: { key: 'restrict' },
    expected: { outcome: 'reached', via: 'dial-stdio', offers: ALWAYS_DIAL },
  },
  {
    area: 'Socket',
    name: 'the same under `MaxSessions 1`',
    account: { sshd: [NO_SOCKETS, 'MaxSessions 1'] },
    expected: { outcome: 'reached', via: 'dial-stdio', offers: ALWAYS_DIAL },
  },
  {
    area: 'Socket',
    name: '`sudo -n docker system dial-stdio`',
    account: {
      docker: false,
      sudo: 'NOPASSWD: /usr/bin/docker --host unix\\:///var/run/docker.sock system dial-stdio',
    },
    arrange: ({ target }) => ({ target: target('/var/run/docker.sock?via=sudo-dial-stdio') }),
    expected: { outcome: 'reached', via: 'sudo-dial-stdio' },
  },
  {
    area: 'Socket',
    name: 'a TCP port as the host sees it',
    arrange: tcpDoor,
    expected: { outcome: 'reached', via: 'tcp' },
  },
  {
    area: 'Socket',
    name: 'this machine’s own (`local:`)',
    arrange: ({ ground }) => ({ target: `local:${ground.lab.socketPath}`, identityFiles: [] }),
    expected: { outcome: 'reached', via: 'local', hops: 0 },
  },
  {
    area: 'Socket',
    name: 'a rootless one',
    account: { docker: false, rootless: ['docker'] },
    arrange: ({ target, uid }) => ({ target: target(`/run/user/${uid}/docker.sock`) }),
    expected: { outcome: 'reached', via: 'stream-local' },
  },
  {
    area: 'Socket',
    name: 'a `restrict,port-forwarding` key',
    account: { key: 'restrict,port-forwarding' },
    expected: { outcome: 'reached', via: 'stream-local' },
  },
  {
    area: 'Socket',
    name: 'a forced command',
    account: { sshd: ['ForceCommand echo no'] },
    expected: { outcome: 'reached', via: 'stream-local' },
  },
  {
    area: 'Socket',
    name: 'an account without a shell',
    account: { shell: '/usr/sbin/nologin' },
    expected: { outcome: 'reached', via: 'stream-local' },
  },
  {
    area: 'Socket',
    name: '`MaxSessions 1`',
    account: { sshd: ['MaxSessions 1'] },
    expected: { outcome: 'reached', via: 'stream-local' },
  },
  {
    area: 'Socket',
    name: '`MaxSessions 0`',
    account: { sshd: ['MaxSessions 0'] },
    expected: { outcome: 'reached', via: 'stream-local' },
  },
];
