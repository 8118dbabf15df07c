import { dockerGroupId } from '../lab/dockerd.ts';
import { startDeadEngine } from '../lab/failing-engines.ts';
import { freePort } from '../lab/sshd-process.ts';
import { absentSocketRows } from './matrix-absent-socket-rows.ts';
import type { Row } from './matrix-row.ts';
import { tcpDoor } from './matrix-tcp-door.ts';

const NO_SOCKETS = 'AllowStreamLocalForwarding no';
/** In the place of the lab's own SetEnv: sshd heeds one. */
const NO_DOCKER = 'SetEnv SHLVL=1 PATH=/none';

/** From sshd to the engine’s socket, where none does. */
export const closedSocketRows: readonly Row[] = [
  {
    area: 'Socket',
    name: 'not in the `docker` group',
    cli: true,
    account: { docker: false },
    expected: {
      outcome: 'stopped',
      step: 'socket',
      code: 'SOCKET_DENIED',
      cause: /^row\d+ may not use \/var\/run\/docker\.sock on 127\.0\.0\.1:\d+\.$/,
      fix: /sudo usermod -aG docker row\d+/,
      seen: /^test -w \/var\/run\/docker\.sock: no$/,
      offers: [/:\d+\?via=sudo-dial-stdio$/],
      state: 'degraded',
    },
  },
  ...absentSocketRows,
  {
    area: 'Socket',
    name: 'a socket its own group may not write to',
    arrange: async ({ own, target }) => {
      const engine = own.use(await startDeadEngine({ mode: 0o600, gid: dockerGroupId }));
      return { target: target(engine.socketPath) };
    },
    expected: {
      outcome: 'stopped',
      step: 'socket',
      code: 'SOCKET_DENIED',
      cause: /^row\d+ may not use \S+docker\.sock on 127\.0\.0\.1:\d+\.$/,
      fix: /^Its mode is srw-------: nobody may use it through its group, docker\./,
      seen: /^ls -ldL \S+docker\.sock: srw------- root docker$/,
      offers: [/:\d+$/, /docker\.sock\?via=sudo-dial-stdio$/],
      state: 'degraded',
    },
  },
  {
    area: 'Socket',
    name: '`AllowStreamLocalForwarding no` and a docker client too old',
    account: { sshd: [NO_SOCKETS, 'SetEnv SHLVL=1 PATH=/run/old-docker:/usr/bin:/bin'] },
    expected: {
      outcome: 'stopped',
      step: 'forward',
      code: 'FORWARD_REFUSED',
      cause: /does not forward to sockets for row\d+, though it does to TCP\.$/,
      fix: /Set AllowStreamLocalForwarding to "local" or "yes" in sshd_config/,
      seen: /dial-stdio.* is not a docker command/,
      state: 'degraded',
    },
  },
  {
    area: 'Socket',
    name: '`AllowTcpForwarding no` without a docker client',
    account: { sshd: ['AllowTcpForwarding no', NO_DOCKER] },
    expected: {
      outcome: 'stopped',
      step: 'forward',
      code: 'FORWARD_REFUSED',
      cause: /^sshd on 127\.0\.0\.1:\d+ forwards nothing for row\d+: neither sockets nor TCP\.$/,
      fix: /Set AllowTcpForwarding and AllowStreamLocalForwarding to "local" or "yes"/,
      seen: /not found/,
      state: 'degraded',
    },
  },
  {
    area: 'Socket',
    name: '`DisableForwarding yes` without a docker client',
    account: { sshd: ['DisableForwarding yes', NO_DOCKER] },
    expected: {
      outcome: 'stopped',
      step: 'forward',
      code: 'FORWARD_REFUSED',
      cause: /^sshd on 127\.0\.0\.1:\d+ forwards nothing for row\d+: neither sockets nor TCP\.$/,
      fix: /DisableForwarding must not be set/,
      state: 'degraded',
    },
  },
  {
    area: 'Socket',
    name: 'a `restrict` key without a docker client',
    account: { key: 'restrict', sshd: [NO_DOCKER] },
    expected: {
      outcome: 'stopped',
      step: 'forward',
      code: 'KEY_RESTRICTED',
      cause: /^The key that let us in to 127\.0\.0\.1:\d+ may not forward: it is restricted in authorized_keys\.$/,
      fix: /begin its line with "restrict,port-forwarding"/,
      seen: /of the key that let us in: no port-forwarding$/,
      state: 'degraded',
    },
  },
  {
    area: 'Socket',
    name: 'a TCP port where `AllowTcpForwarding no`',
    account: { sshd: ['AllowTcpForwarding no'] },
    arrange: tcpDoor,
    expected: {
      outcome: 'stopped',
      step: 'forward',
      code: 'FORWARD_REFUSED',
      cause: /^sshd on 127\.0\.0\.1:\d+ does not allow row\d+ to reach 127\.0\.0\.1:\d+\.$/,
      fix: /allow it with AllowTcpForwarding and PermitOpen/,
      state: 'degraded',
    },
  },
  {
    area: 'Socket',
    name: 'a TCP port at which nobody listens',
    arrange: async ({ target }) => ({ target: target(`?tcp=127.0.0.1:${await freePort()}`) }),
    expected: {
      outcome: 'stopped',
      step: 'socket',
      code: 'ENGINE_UNREACHABLE',
      cause: /^Nobody answers at 127\.0\.0\.1:\d+, as 127\.0\.0\.1:\d+ sees it\.$/,
      fix: /ss -ltn/,
      state: 'degraded',
    },
  },
  {
    area: 'Socket',
    name: 'a TCP port of a name the host does not know',
    arrange: ({ target }) => ({ target: target('?tcp=socket-proxy.invalid:2375') }),
    expected: {
      outcome: 'stopped',
      step: 'socket',
      code: 'ENGINE_UNREACHABLE',
      cause: /^127\.0\.0\.1:\d+ finds no address for the name in socket-proxy\.invalid:2375/,
      fix: /^The name is resolved by the host/,
      state: 'degraded',
    },
  },
  {
    area: 'Socket',
    name: 'commands that do not end',
    slow: true,
    account: { sshd: ['ForceCommand sleep 20'] },
    arrange: ({ target }) => ({ target: target('?via=dial-stdio') }),
    expected: {
      outcome: 'stopped',
      step: 'forward',
      code: 'EXEC_FAILED',
      cause: /^No command comes to its end on row\d+@127\.0\.0\.1:\d+: neither docker nor “test”\.$/,
      fix: /^Commands do not end there: a start-up file of the shell.*ForceCommand/,
      seen: /^docker system dial-stdio said nothing within 8 s$/,
      state: 'degraded',
    },
  },
  {
    area: 'Socket',
    name: '`docker system dial-stdio` under `MaxSessions 0`',
    account: { sshd: ['MaxSessions 0'] },
    arrange: ({ target }) => ({ target: target('?via=dial-stdio') }),
    expected: {
      outcome: 'stopped',
      step: 'forward',
      code: 'EXEC_FAILED',
      cause: /^sshd on 127\.0\.0\.1:\d+ opens no session, so no command can be run there\.$/,
      fix: /^See MaxSessions in sshd_config on the host/,
      state: 'degraded',
    },
  },
  {
    area: 'Socket',
    name: 'a forced command where sockets are not forwarded',
    account: { sshd: [NO_SOCKETS, 'ForceCommand echo no'] },
    expected: {
      outcome: 'stopped',
      step: 'forward',
      code: 'COMMAND_FORCED',
      cause: /runs no command for row\d+, but answers each with “no” and exit code 0, so it cannot be seen why/,
      fix: /Look for ForceCommand in sshd_config/,
      state: 'degraded',
    },
  },
  {
    area: 'Socket',
    name: 'a `command=` key where sockets are not forwarded',
    account: { key: 'command="echo no"', sshd: [NO_SOCKETS] },
    expected: {
      outcome: 'stopped',
      step: 'forward',
      code: 'COMMAND_FORCED',
      cause: /^The key that let us in to 127\.0\.0\.1:\d+ runs one command whatever is asked/,
      fix: /take command= from its line in ~\/\.ssh\/authorized_keys of row\d+/,
      seen: /its command is forced \(command=\)/,
      state: 'degraded',
    },
  },
  {
    area: 'Socket',
    name: 'no shell where sockets are not forwarded',
    account: { shell: '/usr/sbin/nologin', sshd: [NO_SOCKETS] },
    expected: {
      outcome: 'stopped',
      step: 'forward',
      code: 'COMMAND_FORCED',
      cause: /answers each with “This account is currently not available\.” and exit code 1/,
      fix: /The login shell of row\d+ seems to be nologin/,
      state: 'degraded',
    },
  },
  {
    area: 'Socket',
    name: 'sudo that wants a password',
    account: { docker: false, sudo: 'ALL' },
    arrange: ({ target }) => ({ target: target('?via=sudo-dial-stdio') }),
    expected: {
      outcome: 'stopped',
      step: 'forward',
      code: 'DIAL_STDIO_FAILED',
      cause: /^sudo on row\d+@127\.0\.0\.1:\d+ asks row\d+ for a password, which Binnacle does not give it\.$/,
      fix: /row\d+ ALL=\(root\) NOPASSWD: \/usr\/bin\/docker/,
      seen: /a password is required/,
      state: 'degraded',
    },
  },
  {
    area: 'Socket',
    name: 'undetermined: `AllowStreamLocalForwarding no` without a docker client',
    account: { sshd: [NO_SOCKETS, NO_DOCKER] },
    expected: {
      outcome: 'stopped',
      step: 'forward',
      code: 'UNDETERMINED',
      cause: /^127\.0\.0\.1:\d+ did not open \/var\/run\/docker\.sock, and does not say why\.$/,
      fix: /What it may be: the engine is stopped.*AllowStreamLocalForwarding/,
      seen: /open failed \(reason 2\), which it says of nearly every cause/,
      state: 'degraded',
    },
  },
];
