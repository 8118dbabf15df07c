import type { ForwardEvidence } from './forward-evidence.ts';

/** Each is enough by itself to keep the socket closed; COMMAND_FORCED alone says what keeps us from seeing why. */
export type ForwardCause =
  | 'channel-unknown'
  | 'socket-missing'
  | 'socket-other'
  | 'socket-behind'
  /** What the path takes for a folder is none. */
  | 'socket-below'
  /** A link leads to nothing this user may see. */
  | 'socket-astray'
  | 'socket-closed'
  | 'engine-stopped'
  /** It is there, and takes no connection any more. */
  | 'engine-hangs'
  /** One of the two. */
  | 'engine-unreached'
  | 'key-restricted'
  /** No forwarding at all for this login. */
  | 'forwarding-off'
  /** Only to places on a list, and a socket cannot stand on it. */
  | 'places-limited'
  | 'stream-local-off'
  /** sshd it is, by which of its settings is not known. */
  | 'sshd-refuses'
  | 'command-forced';

export type ForwardVerdict =
  | { readonly kind: 'certain'; readonly cause: ForwardCause }
  /** What may be the cause, none of it shown and none ruled out. */
  | { readonly kind: 'undetermined'; readonly possible: readonly ForwardCause[] };

const ADMINISTRATIVELY_PROHIBITED = 1;
const UNKNOWN_CHANNEL_TYPE = 3;

/**
 * Why the socket was not opened, as far as the evidence goes: a cause is certain where it holds in every state of the
 * host that would have given this evidence. Of several the one that bars every way to the engine is named first: while
 * the socket is missing, a key with other options changes nothing.
 */
export function judgeForward(evidence: ForwardEvidence): ForwardVerdict {
  const cause = certainCause(evidence);
  return cause === null ? { kind: 'undetermined', possible: possibleCauses(evidence) } : { kind: 'certain', cause };
}

function certainCause(evidence: ForwardEvidence): ForwardCause | null {
  const { reason, key, tcp, shell, socket, engine } = evidence;
  // First what keeps any other way from the engine, too.
  if (socket !== null && socket.kind !== 'open') return `socket-${socket.kind}`;
  if (engine?.kind === 'nobody') return 'engine-stopped';
  if (engine?.kind === 'full') return 'engine-hangs';
  if (engine?.kind === 'unreached') return 'engine-unreached';
  if (reason === UNKNOWN_CHANNEL_TYPE) return 'channel-unknown';
  if (key?.portForwarding === false) return 'key-restricted';
  if (refusedBySshd(evidence)) {
    const answers = [tcp.near, tcp.other];
    if (answers.every((answer) => answer === 'prohibited')) return 'forwarding-off';
    if (answers.includes('unknown')) return 'sshd-refuses';
    return answers.includes('prohibited') ? 'places-limited' : 'stream-local-off';
  }
  return shell.kind === 'forced' || shell.kind === 'alike' ? 'command-forced' : null;
}

/** Whether it is the socket, or what is behind it, and not the way to it. */
export function isAtSocket(verdict: ForwardVerdict): boolean {
  return verdict.kind === 'certain' && /^(?:socket|engine)-/.test(verdict.cause);
}

/** Whether it was sshd's decision, whatever the socket is like. */
function refusedBySshd({ server, reason, tcp, engine }: ForwardEvidence): boolean {
  if (reason === ADMINISTRATIVELY_PROHIBITED || engine?.kind === 'answers') return true;
  return server === 'openssh' && (tcp.near === 'prohibited' || tcp.other === 'prohibited');
}

/** Where nothing is certain: nothing that was seen is wrong with the socket. */
function possibleCauses({ key, tcp, socket }: ForwardEvidence): ForwardCause[] {
  const open = [tcp.near, tcp.other].filter((answer) => answer === 'opened' || answer === 'nobody').length;
  const causes: ForwardCause[] = ['engine-stopped', 'stream-local-off'];
  if (socket === null) causes.unshift('socket-missing', 'socket-closed');
  if (open === 0) causes.push('forwarding-off');
  if (open < 2) causes.push('places-limited');
  if (open === 0 && key === null) causes.push('key-restricted');
  return causes;
}
