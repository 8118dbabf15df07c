import type { ErrorCode } from '#contract/errors.ts';
import { AppError } from '../kernel/errors.ts';
import { visibleText } from '../kernel/text.ts';
import type { ForwardEvidence, ShellEvidence, SocketOwner } from './forward-evidence.ts';
import type { ForwardCause, ForwardVerdict } from './forward-verdict.ts';
import { type ForwardScene, seenLines } from './forward-words.ts';
import type { EngineAddress } from './target.ts';

interface Explained {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
}

/** The verdict as an error, with what it rests on in `details.seen`, and other ways to an engine in `details.found`. */
export function forwardError(
  verdict: ForwardVerdict,
  evidence: ForwardEvidence,
  scene: ForwardScene,
  { refusal, found }: { readonly refusal: AppError | undefined; readonly found: readonly EngineAddress[] },
): AppError {
  const { code, message, hint } =
    verdict.kind === 'certain'
      ? explained(verdict.cause, evidence, scene)
      : undetermined(verdict.possible, scene, evidence.shell);
  return new AppError(code, message, {
    hint,
    details: { path: scene.path, reason: evidence.reason, seen: seenLines(evidence, scene), found },
    ...(refusal === undefined ? {} : { cause: refusal }),
  });
}

function explained(cause: ForwardCause, { key, shell, socket }: ForwardEvidence, scene: ForwardScene): Explained {
  const { place, user, path } = scene;
  const inSshdConfig = `in sshd_config on the host for ${user}, and reload sshd`;
  switch (cause) {
    case 'channel-unknown':
      return {
        code: 'FORWARD_REFUSED',
        message: `The SSH server on ${place} cannot forward to sockets.`,
        hint: 'OpenSSH 6.7 and later can. Use it there as the SSH server, or reach the engine with ?via=dial-stdio.',
      };
    case 'socket-missing':
      return {
        code: 'SOCKET_MISSING',
        message: `There is no ${path} on ${place}.`,
        hint:
          'Check that Docker is installed and running there. A rootless engine has its socket at ' +
          '/run/user/UID/docker.sock, Podman at /run/podman/podman.sock: name it in the target.',
      };
    case 'socket-other':
      return {
        code: 'SOCKET_MISSING',
        message: `${path} on ${place} is not a socket.`,
        hint: "Name the engine's socket in the target: ssh://user@host/path/to/docker.sock",
      };
    case 'socket-behind': {
      const folder = socket?.kind === 'behind' ? visibleText(socket.folder) : '';
      return {
        code: 'SOCKET_DENIED',
        message: `${user} may not enter ${folder} on ${place}.`,
        hint: 'Log in as the user the engine belongs to, or name another socket in the target.',
      };
    }
    case 'socket-closed':
      return {
        code: 'SOCKET_DENIED',
        message: `${user} may not use ${path} on ${place}.`,
        hint: groupHint(socket?.kind === 'closed' ? socket.owner : null, user),
      };
    case 'engine-stopped':
      return {
        code: 'SOCKET_REFUSED',
        message: `Nobody answers at ${path} on ${place}.`,
        hint: 'The engine is stopped. Start it on the host: sudo systemctl start docker',
      };
    case 'key-restricted':
      return {
        code: 'KEY_RESTRICTED',
        message: `The key that let us in to ${place} may not forward: it is restricted in authorized_keys.`,
        hint:
          `In ~/.ssh/authorized_keys of ${user} on the host, begin its line with "restrict,port-forwarding", ` +
          'without "no-port-forwarding"; or log in with another key.',
      };
    case 'forwarding-off':
      return {
        code: 'FORWARD_REFUSED',
        message: `sshd on ${place} forwards nothing for ${user}: neither sockets nor TCP.`,
        hint:
          `Set AllowTcpForwarding and AllowStreamLocalForwarding to "local" or "yes" ${inSshdConfig}; DisableForwarding ` +
          `must not be set, nor PermitOpen limit it (sudo sshd -T shows all four).` +
          (key === null ? ' The key that let us in may be restricted too, in authorized_keys.' : ''),
      };
    case 'places-limited':
      return {
        code: 'FORWARD_REFUSED',
        message: `sshd on ${place} forwards for ${user} only to listed places, and no socket can be on that list.`,
        hint:
          `Remove PermitOpen ${inSshdConfig}, or permitopen= from the key in authorized_keys. Where the engine has a TCP ` +
          'port there, list that and name it in the target: ?tcp=127.0.0.1:2375.',
      };
    case 'stream-local-off':
      return {
        code: 'FORWARD_REFUSED',
        message: `sshd on ${place} does not forward to sockets for ${user}, though it does to TCP.`,
        hint: `Set AllowStreamLocalForwarding to "local" or "yes" ${inSshdConfig}; or reach the engine with ?via=dial-stdio.`,
      };
    case 'sshd-refuses':
      return {
        code: 'FORWARD_REFUSED',
        message: `sshd on ${place} does not allow ${user} to reach sockets.`,
        hint:
          'In sshd_config on the host, allow AllowStreamLocalForwarding and AllowTcpForwarding for this user; ' +
          'a key with "restrict" in authorized_keys needs "port-forwarding" too.',
      };
    case 'command-forced':
      return { code: 'COMMAND_FORCED', ...forcedWords(shell, scene) };
  }
}

function forcedWords(shell: ShellEvidence, { place, user, path }: ForwardScene): Omit<Explained, 'code'> {
  const unseen = `so it cannot be seen why ${path} was not opened`;
  if (shell.kind !== 'alike') {
    return {
      message: `The key that let us in to ${place} runs one command whatever is asked, ${unseen}.`,
      hint:
        `Log in with another key, or take command= from its line in ~/.ssh/authorized_keys of ${user}. ` +
        `Else see sshd's log on the host: ${LOG_WORDS}`,
    };
  }
  const isNoLogin = /account is (currently )?not available/i.test(shell.said);
  return {
    message: `${place} runs no command for ${user}, but answers each with ${shell.said}, ${unseen}.`,
    hint:
      `${isNoLogin ? `The login shell of ${user} seems to be nologin` : `Look for ForceCommand in sshd_config, and at the login shell of ${user}`}. ` +
      `Log in as a user with a shell, or see sshd's log on the host: ${LOG_WORDS}`,
  };
}

/** What OpenSSH logs at INFO, its default; the one place where the causes differ. */
const LOG_WORDS =
  '“refused streamlocal port forward” or “the request was denied” is its own decision, “connect to … failed” the socket.';

function undetermined(
  possible: readonly ForwardCause[],
  { place, path }: ForwardScene,
  shell: ShellEvidence,
): Explained {
  const causes = [...new Set(possible.flatMap((cause) => POSSIBLE[cause] ?? []))];
  const unseen = shell.kind === 'posix' ? '' : ', and no command there could tell more';
  return {
    code: 'UNDETERMINED',
    message: `${place} did not open ${path}, and does not say why${unseen}.`,
    hint: `What it may be: ${causes.join('; ')}. sshd's log on the host tells: ${LOG_WORDS}`,
  };
}

const POSSIBLE: Partial<Readonly<Record<ForwardCause, string>>> = {
  'socket-missing': 'the socket is not there',
  'socket-closed': 'it is closed to this user',
  'engine-stopped': 'the engine is stopped, or hangs (systemctl status docker)',
  'stream-local-off': 'AllowStreamLocalForwarding in sshd_config',
  'forwarding-off': 'AllowTcpForwarding or DisableForwarding in sshd_config',
  'places-limited': 'PermitOpen in sshd_config, or permitopen= of the key',
  'key-restricted': '"restrict" of the key in authorized_keys',
};

/** A group through which one is root is not to be joined for a socket. */
function groupHint(owner: SocketOwner | null, user: string): string {
  const group = owner?.group ?? null;
  if (group !== null && /^(root|wheel|sudo)$/.test(group)) {
    return `The socket belongs to the group ${group}. Let the engine give it to the group docker, and add ${user} to that.`;
  }
  const isPlain = group === null || /^[a-z_][a-z0-9_-]*$/i.test(group);
  const name = isPlain ? (group ?? 'docker') : 'docker';
  return `Add the user to its group on the host, then connect again: sudo usermod -aG ${name} ${user}`;
}
