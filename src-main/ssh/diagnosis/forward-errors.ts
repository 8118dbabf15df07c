import type { ErrorCode } from '#contract/errors.ts';
import { AppError } from '../../kernel/errors.ts';
import { visibleText } from '../../kernel/text.ts';
import type { EngineAddress } from '../target.ts';
import { engineServiceAt, missingHint, startHint, stoppedOrHungHint } from './engine-service.ts';
import type { ForwardEvidence, ShellEvidence, SocketOwner } from './forward-evidence.ts';
import { type ForwardCause, type ForwardVerdict, isAtSocket } from './forward-verdict.ts';
import { type ForwardScene, seenLines } from './forward-words.ts';

interface Explained {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
}

/**
 * The verdict as an error, with what it rests on in `details.seen`, other ways to an engine in `details.found`, whether it
 * is the socket that is the matter in `details.isAtSocket`, and what the host's shell is like in `details.shell`.
 */
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
    details: {
      path: scene.path,
      reason: evidence.reason,
      seen: seenLines(evidence, scene),
      found,
      isAtSocket: isAtSocket(verdict),
      shell: evidence.shell.kind,
    },
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
        hint:
          'OpenSSH 6.7 and later can: use it there as the SSH server. Else mend what keeps “docker system dial-stdio” ' +
          'on the host from the engine.',
      };
    case 'socket-missing': {
      const leadsTo = socket?.kind === 'missing' ? socket.leadsTo : null;
      return {
        code: 'SOCKET_MISSING',
        message:
          leadsTo === null
            ? `There is no ${path} on ${place}.`
            : `${path} on ${place} leads by a symbolic link to ${visibleText(leadsTo)}, which is not there.`,
        hint: missingHint(path),
      };
    }
    case 'socket-other':
      return {
        code: 'SOCKET_MISSING',
        message: `${path} on ${place} is not a socket.`,
        hint: NAME_THE_SOCKET,
      };
    case 'socket-below': {
      const file = socket?.kind === 'below' ? visibleText(socket.file) : '';
      return {
        code: 'SOCKET_MISSING',
        message: `There is no ${path} on ${place}: ${file} is not a folder.`,
        hint: NAME_THE_SOCKET,
      };
    }
    case 'socket-astray': {
      const link = socket?.kind === 'astray' ? visibleText(socket.link) : '';
      return {
        code: 'UNDETERMINED',
        message: `${path} on ${place} leads to nothing that ${user} may see: ${link} is a symbolic link.`,
        hint: `What it leads to is missing, or in a folder closed to ${user}. See on the host: ls -l ${link}`,
      };
    }
    case 'socket-behind': {
      const { folder, leadsTo } = socket?.kind === 'behind' ? socket : { folder: '', leadsTo: null };
      const led = leadsTo === null ? '' : `, into which ${path} leads by a symbolic link`;
      return {
        code: 'SOCKET_DENIED',
        message: `${user} may not enter ${visibleText(folder)} on ${place}${led}.`,
        hint: 'Log in as the user the engine belongs to, or name another socket in the target.',
      };
    }
    case 'socket-closed':
      return {
        code: 'SOCKET_DENIED',
        message: `${user} may not use ${path} on ${place}.`,
        hint: closedHint(socket?.kind === 'closed' ? socket.owner : null, scene),
      };
    case 'engine-stopped':
      return {
        code: 'SOCKET_REFUSED',
        message: `Nobody answers at ${path} on ${place}.`,
        hint: startHint(path),
      };
    case 'engine-hangs': {
      const { status, log } = engineServiceAt(path);
      return {
        code: 'ENGINE_UNREACHABLE',
        message: `The engine at ${path} on ${place} takes no connection: too many wait for it already.`,
        hint: `It hangs, or is asked more than it can answer. See on the host: ${status}, and its log: ${log}`,
      };
    }
    case 'engine-unreached':
      return {
        code: 'UNDETERMINED',
        message: `The engine at ${path} on ${place} takes no connection: it is stopped, or it hangs.`,
        hint: stoppedOrHungHint(path),
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
          sessionHint(key, shell) +
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
        hint:
          `Set AllowStreamLocalForwarding to "local" or "yes" ${inSshdConfig}. Else mend what keeps “docker system ` +
          'dial-stdio” on the host from the engine.',
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

/** Of a host on which commands are begun and none ends. */
export const SILENT_SHELL =
  'Commands do not end there: a start-up file of the shell (.bashrc, .profile) may wait for something, or another command ' +
  'may be forced (ForceCommand in sshd_config).';

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
    hint: `${pace(shell)}What it may be: ${causes.join('; ')}. sshd's log on the host tells: ${LOG_WORDS}`,
  };
}

function pace({ kind }: ShellEvidence): string {
  if (kind === 'silent') return `${SILENT_SHELL} `;
  return kind === 'slow' ? 'Commands take long there: see what the start-up files of the shell wait for. ' : '';
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

const NAME_THE_SOCKET = "Name the engine's socket in the target: ssh://user@host/path/to/docker.sock";

/** Where nothing is run and nothing forwarded, though the key allows it, the whole session may be what is barred. */
function sessionHint(key: ForwardEvidence['key'], shell: ShellEvidence): string {
  const runsNothing = shell.kind === 'alike' || shell.kind === 'strange';
  if (!runsNothing || key?.portForwarding === false) return '';
  const pam =
    "No command of ours is run either: PAM may bar the session, as by a limit on logins, which sshd's log on the host tells. ";
  // Where the shell is merely strange, it has been tried.
  const forced = 'Else, where what is run is “docker system dial-stdio”, name it in the target: ?via=dial-stdio. ';
  return `${pam}${shell.kind === 'alike' ? forced : ''}Else: `;
}

/** What opens a socket to `user`. Of a group only where it may write, and never one through which one is root. */
function closedHint(owner: SocketOwner | null, { user, path }: ForwardScene): string {
  if (owner === null) {
    return `See on the host whom it belongs to (ls -lL ${path}), and add ${user} to its group where that may write; then connect again.`;
  }
  const { mode, group } = owner;
  const { isRootless, socketUnit } = engineServiceAt(path);
  if (isRootless) return `Log in as ${owner.user}, whose engine it is.`;
  if (mode.charAt(5) !== 'w') {
    return (
      `Its mode is ${mode}: nobody may use it through its group, ${group}. Let the engine open it to a group (SocketMode=0660 ` +
      `and SocketGroup=docker in ${socketUnit}), and add ${user} to that.`
    );
  }
  if (/^(root|wheel|sudo)$/.test(group)) {
    return `The socket belongs to the group ${group}. Let the engine give it to the group docker, and add ${user} to that.`;
  }
  return `Add the user to its group on the host, then connect again: sudo usermod -aG ${group} ${user}`;
}
