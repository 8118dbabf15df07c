import { limits } from '../../kernel/limits.ts';
import { visibleText } from '../../kernel/text.ts';
import type { EngineEvidence, ForwardEvidence, ShellEvidence, SocketEvidence, TcpAnswer } from './forward-evidence.ts';

/** Of which machine, login and socket it is said; safe to show. */
export interface ForwardScene {
  /** `host:port`. */
  readonly place: string;
  readonly user: string;
  readonly path: string;
  /** sshd's own, as it is dialled from here. */
  readonly port: number;
}

/** What was asked and what came back, a line each. */
export function seenLines(evidence: ForwardEvidence, scene: ForwardScene): string[] {
  const { reason, key, tcp, shell, socket, engine } = evidence;
  const near = `a TCP port over SSH (127.0.0.1:${scene.port})`;
  return [
    `sshd, asked for ${scene.path}: ${reasonWords(reason)}`,
    `sshd, of the key that let us in: ${key === null ? 'nothing' : keyWords(key)}`,
    `sshd, asked for ${near}: ${TCP_WORDS[tcp.near]}`,
    `sshd, asked for another (localhost:1): ${TCP_WORDS[tcp.other]}`,
    ...shellLines(shell),
    ...(socket === null ? [] : socketLines(socket, scene.path)),
    ...(engine === null ? [] : engineLines(engine, scene.path)),
  ];
}

function reasonWords(reason: number | null): string {
  if (reason === 1) return 'prohibited (reason 1)';
  if (reason === 2) return 'open failed (reason 2), which it says of nearly every cause';
  if (reason === 3) return 'it knows no such channel (reason 3)';
  return 'refused, without a reason';
}

function keyWords(key: NonNullable<ForwardEvidence['key']>): string {
  const forward = key.portForwarding ? 'forwarding is allowed' : 'no port-forwarding';
  return key.command ? `${forward}; its command is forced (command=)` : forward;
}

const TCP_WORDS: Readonly<Record<TcpAnswer, string>> = {
  opened: 'opened, so TCP forwarding is allowed',
  nobody: 'nobody listens there, so TCP forwarding is allowed',
  prohibited: 'prohibited (reason 1)',
  unknown: 'no answer that says anything',
};

/** What came of commands, where they were not all run as they should. */
export function shellLines(shell: ShellEvidence): string[] {
  switch (shell.kind) {
    case 'posix':
      return [];
    case 'forced':
      return ['commands: not asked, because the key has one of its own'];
    case 'alike':
      return [`test -e /, test -S / and id -u: each answered with ${shell.said}`];
    case 'strange':
      return [`test -e /: answered with ${shell.said}, as by no POSIX shell`];
    case 'silent':
    case 'slow':
    case 'unasked':
      return [`commands: ${shell.why}`];
  }
}

function socketLines(socket: SocketEvidence, path: string): string[] {
  const yes = [`test -e ${path}: yes`, `test -S ${path}: yes`];
  switch (socket.kind) {
    case 'missing':
      return [`test -e ${path}: no`, ...ledLines(socket)];
    case 'below': {
      const file = visibleText(socket.file);
      return [`test -e ${path}: no`, ...ledLines(socket), `test -x ${file}: no`, `test -d ${file}: no`];
    }
    case 'astray':
      return [`test -e ${path}: no`, `test -L ${visibleText(socket.link)}: yes`];
    case 'other':
      return [`test -e ${path}: yes`, `test -S ${path}: no`];
    case 'behind':
      return [`test -e ${path}: no`, ...ledLines(socket), `test -x ${visibleText(socket.folder)}: no`];
    case 'closed': {
      const { owner } = socket;
      const listing = owner === null ? [] : [`ls -ldL ${path}: ${owner.mode} ${owner.user} ${owner.group}`];
      return [...yes, `test -w ${path}: no`, ...listing.map((line) => visibleText(line, limits.text.reasonChars))];
    }
    case 'open':
      return [...yes, `test -w ${path}: yes`];
  }
}

/** @param leadsTo where the path that was asked for leads to by symbolic links */
function ledLines({ leadsTo }: { readonly leadsTo: string | null }): string[] {
  return leadsTo === null ? [] : [`readlink: it leads to ${visibleText(leadsTo, limits.text.reasonChars)}`];
}

function engineLines(engine: EngineEvidence, path: string): string[] {
  const docker = `docker --host unix://${path}`;
  const dialled = 'dialled' in engine && engine.dialled !== null ? [engine.dialled] : [];
  return [
    `${docker} version: ${engine.said}`,
    ...dialled.map((said) => `docker system dial-stdio to the same: ${said}`),
  ];
}
