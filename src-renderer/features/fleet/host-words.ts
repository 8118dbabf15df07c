import type { ErrorCode } from '#contract/errors.ts';

/** What the operator can do about it in this window: `retry` tries now; `review` answers a question; `wait` is all there is. */
export type HostRemedy = 'retry' | 'review' | 'wait';

export interface HostWords {
  /** A few words, for a chip and the head of a row. */
  readonly title: string;
  /** The next step, as sentences. */
  readonly next: string;
  readonly remedy: HostRemedy;
}

/** Codes of the window, of this machine's files, or of something that was asked for: no host is ever in them. */
type NeverOfAHost =
  | 'USAGE'
  | 'REQUEST_INVALID'
  | 'CONTRACT_MISMATCH'
  | 'SUBSCRIPTION_UNKNOWN'
  | 'QUESTION_GONE'
  | 'PORT_IN_USE'
  | 'HOME_UNUSABLE'
  | 'HOME_LOCKED'
  | 'SETTINGS_BROKEN'
  | 'SETTINGS_NEWER'
  | 'SETTINGS_INVALID'
  | 'HOST_EXISTS'
  | 'HOST_NOT_FOUND'
  | 'NO_HOSTS'
  | 'HOST_NOT_LIVE'
  // Of an action that was asked for, and of the journal it would have gone into.
  | 'OBSERVE_ONLY'
  | 'PROTECTED'
  | 'NOT_PROTECTED'
  | 'NOTHING_TO_DO'
  | 'PLAN_UNKNOWN'
  | 'PLAN_EXPIRED'
  | 'PLAN_USED'
  | 'PLAN_STALE'
  | 'PLAN_TOO_LARGE'
  | 'CHANGE_UNDER_WAY'
  | 'RATE_LIMITED'
  | 'RUN_UNKNOWN'
  | 'JOURNAL_BROKEN'
  | 'JOURNAL_UNUSABLE';

/** Every code a host can be in. */
export type HostCode = Exclude<ErrorCode, NeverOfAHost>;

const retry = (title: string, next: string): HostWords => ({ title, next, remedy: 'retry' });
export const review = (title: string, next: string): HostWords => ({ title, next, remedy: 'review' });
export const wait = (title: string, next: string): HostWords => ({ title, next, remedy: 'wait' });

const A_FAULT = 'This is a fault of Binnacle’s own: please report it. Trying again may help.';

export const HOST_WORDS: Readonly<Record<HostCode, HostWords>> = {
  TARGET_INVALID: wait('Address not understood', 'Remove the host in Settings, and add it again as ssh://user@host.'),
  CANCELLED: retry('Not connected', 'The connection was cancelled. Try it again when you are ready.'),
  TIMEOUT: retry('Too slow', 'The host took longer than is allowed. See whether it is overloaded, then try again.'),
  INTERNAL: retry('Fault in Binnacle', A_FAULT),
  TOO_MANY: wait('Too much at once', 'Answer the questions that are open, then it goes on.'),

  SSH_CONFIG_BROKEN: retry(
    'ssh_config not readable',
    'Repair the line of your ssh_config that is named, then try again. Nothing was sent to the host.',
  ),
  SSH_CONFIG_UNSUPPORTED: retry(
    'ssh_config not supported',
    'A line of your ssh_config decides how this host is reached, and Binnacle cannot follow it: the message names it. ProxyJump does in place of ProxyCommand.',
  ),
  JUMP_REFUSED: retry(
    'Not let through',
    'The machine on the way opens no connection to the next one: see there whether it may (AllowTcpForwarding, PermitOpen), and whether the next answers it.',
  ),

  ADDRESS_NOT_FOUND: retry('Name not found', 'Check the spelling of the host’s name, and this machine’s DNS.'),
  CONNECT_REFUSED: retry(
    'Connection refused',
    'Check that sshd runs there, and on this port. A firewall that rejects connections looks the same.',
  ),
  CONNECT_TIMEOUT: retry('No answer', 'Check that the machine is on, and that no firewall is in between.'),
  UNREACHABLE: retry('No route', 'Check this machine’s network and VPN.'),
  NOT_SSH: retry('Not an SSH server', 'Something else than SSH answers there: check the address and the port.'),
  HANDSHAKE_FAILED: retry(
    'No agreement on SSH',
    'What answers speaks SSH, but the two found no way to go on: the message says what was seen.',
  ),
  CONNECTION_LOST: retry('Connection lost', 'It is tried again by itself.'),

  HOST_KEY_UNKNOWN: review('First contact', 'Compare the fingerprint with the one on the host before you trust it.'),
  HOST_KEY_REJECTED: retry(
    'Key not trusted',
    'You did not trust this host’s key. Try again to see its fingerprint once more.',
  ),
  HOST_KEY_CHANGED: retry(
    'Host key changed',
    'Someone may be in between, or the host was set up anew. Find out which before you remove its old line from known_hosts; then try again.',
  ),
  HOST_KEY_REVOKED: retry(
    'Host key revoked',
    'This key is marked as revoked. The host needs a new key before anything is sent to it.',
  ),
  HOST_KEY_UNREADABLE: retry('known_hosts not readable', 'Repair the line that is named, then try again.'),

  AUTH_FAILED: retry(
    'Not let in',
    'Nothing that was offered let you in: its page says what that was, and what to check. It is not tried by itself, so that you are not locked out.',
  ),
  AUTH_NO_CREDENTIALS: retry(
    'No key to offer',
    'Start your ssh-agent and add a key, or name a key file for this host; then try again.',
  ),
  AUTH_UNANSWERED: retry(
    'Nobody answered',
    'What the host or your ssh-agent asked for was not given in time. Try again to be asked once more.',
  ),
  AGENT_UNREACHABLE: retry('No ssh-agent', 'Start your ssh-agent, or name a key file for this host; then try again.'),
  KEY_UNREADABLE: retry('Key not readable', 'Check that the key file exists and that you may read it, then try again.'),
  KEY_PERMISSIONS: retry(
    'Key open to others',
    'Others may read the key file: take that right away (chmod 600), then try again.',
  ),
  KEY_INVALID: retry('Not a private key', 'Name another key file for this host, then try again.'),
  PASSPHRASE_NEEDED: review('Key is locked', 'Enter the passphrase of the key to go on.'),
  PASSPHRASE_WRONG: retry('Wrong passphrase', 'Try again to be asked for the passphrase once more.'),

  EXEC_NOT_ALLOWED: retry('Fault in Binnacle', A_FAULT),
  EXEC_FAILED: retry(
    'Commands refused',
    'The host let Binnacle in, but runs no command for it: check the account’s shell and forced command.',
  ),
  SOCKET_MISSING: retry(
    'No Docker there',
    'There is no engine socket at that path. Start Docker on the host, or add the host again with its socket’s path.',
  ),
  SOCKET_DENIED: retry(
    'No right to use Docker',
    'Your account on the host may not use the engine’s socket: add it to the docker group there (sudo usermod -aG docker USER), then try again.',
  ),
  SOCKET_REFUSED: retry(
    'Docker is not running',
    'The socket is there, but no engine listens: start Docker on the host.',
  ),
  FORWARD_REFUSED: retry(
    'Tunnel refused',
    'The SSH server opens no tunnel to the socket: allow AllowStreamLocalForwarding for this account in sshd_config.',
  ),
  KEY_RESTRICTED: retry(
    'Key is restricted',
    'The line of your key in authorized_keys on the host forbids what Binnacle needs (restrict, no-port-forwarding): take that away, or add port-forwarding to it; then try again.',
  ),
  COMMAND_FORCED: retry(
    'Command is forced',
    'The host runs a command of its own for this key or account (command=, ForceCommand), and none of Binnacle’s: let in a key without it, then try again.',
  ),
  SESSIONS_EXHAUSTED: retry(
    'No session left',
    'The SSH server allows no further session on one connection: raise MaxSessions for this account in sshd_config, then try again.',
  ),
  CHANNELS_EXHAUSTED: retry(
    'All channels in use',
    'Each thing that is followed takes a channel through the docker command: close a log, or let sshd forward the socket (AllowStreamLocalForwarding).',
  ),
  DIAL_STDIO_FAILED: retry(
    'docker command failed',
    'The host was asked to run “docker system dial-stdio”, and that failed: the message has its own words.',
  ),
  UNDETERMINED: retry(
    'Cause not known',
    'What keeps it cannot be told for certain. Test the connection on the host’s page: it shows each step, and what was seen.',
  ),

  ENGINE_UNREACHABLE: retry(
    'Engine out of reach',
    'The host is there, but its engine cannot be spoken to: look at Docker on the host.',
  ),
  ENGINE_TIMEOUT: retry(
    'Engine does not answer',
    'The host is there, but its engine hangs: look at Docker on the host.',
  ),
  ENGINE_ANSWER_INVALID: retry(
    'Not a Docker engine',
    'What answers at the socket is no Docker engine: check the socket’s path.',
  ),
  ENGINE_ANSWER_TOO_LARGE: retry(
    'Answer too large',
    'The engine answers beyond all bounds: check what listens at the socket.',
  ),
  ENGINE_DENIED: retry(
    'Forbidden by a policy',
    'A proxy in front of the engine forbids this. Allow listing, inspecting and events there; what else it forbids, Binnacle does without.',
  ),
  ENGINE_NOT_FOUND: retry('Not found on the engine', 'What was asked for is gone. It is read again by itself.'),
  ENGINE_ERROR: retry('Engine reports an error', 'The message has the engine’s own words.'),
  API_TOO_OLD: retry(
    'Docker too old',
    'Binnacle needs Docker 20.10 (API 1.41) or later: update the engine on the host.',
  ),
  API_TOO_NEW: retry('Docker too new', 'This engine speaks no version that Binnacle knows: update Binnacle.'),
  GATE_REFUSED: retry('Fault in Binnacle', A_FAULT),
};

const NOT_FORESEEN = retry('Not reached', 'Try it again.');

/** The words for a code; any code has some. */
export function hostWords(code: ErrorCode): HostWords {
  return isHostCode(code) ? HOST_WORDS[code] : NOT_FORESEEN;
}

function isHostCode(code: ErrorCode): code is HostCode {
  return Object.hasOwn(HOST_WORDS, code);
}
