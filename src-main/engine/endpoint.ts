import type { EngineVia } from '#contract/hosts.ts';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { visibleText } from '../kernel/text.ts';
import type { SshConnection } from '../ssh/connection-types.ts';
import { lookAround, shellOf } from '../ssh/diagnosis/host-shell.ts';
import { place, shown } from '../ssh/errors.ts';
import { registeredCommand } from '../ssh/exec-gate.ts';
import { connectCodeOf } from '../ssh/jump-errors.ts';
import type { Channels } from './channels.ts';
import { type DialStdio, dialStdioLine, explainDialFailure, notDialStdio } from './dial-failure.ts';
import { silentDial } from './dial-silence.ts';
import { type ChannelBudget, stdioBudget, UNCOUNTED } from './lanes.ts';

/** A way to an engine. */
export interface Endpoint extends Channels {
  readonly via: EngineVia;
  /** What is connected to, made visible: `/var/run/docker.sock`, `127.0.0.1:2375`. */
  readonly place: string;
  readonly budget: ChannelBudget;
  /** For who looks on: what the way is. */
  readonly way: string;
  /** An open channel has got through to the engine's socket. Else only an answer tells that it has. */
  readonly opensAtSocket: boolean;
  /** What a failure means. `hasOpened`: a channel has been opened this way before. */
  explain(error: AppError, hasOpened: boolean): AppError;
  /** What it means that nothing at all came within the engine's time, where the way itself may be to blame for it. */
  explainSilence?(error: AppError, signal: AbortSignal): Promise<AppError>;
}

/** Channels to a socket, which sshd opens (`direct-streamlocal@openssh.com`). */
export function streamLocal(connection: SshConnection, path: string): Endpoint {
  const shownPath = visibleText(path, limits.text.reasonChars);
  return {
    via: 'stream-local',
    place: shownPath,
    budget: UNCOUNTED,
    way: `forwarded by sshd to ${shownPath}`,
    opensAtSocket: true,
    open: (signal) => connection.openUnixSocket(path, signal),
    explain(error, hasOpened) {
      if (error.code !== 'FORWARD_REFUSED' || !hasOpened) return error;
      // sshd gives one answer for every cause, but what it allows does not change while a connection stands.
      const message = `sshd on ${place(connection.hop)} does not get through to ${shownPath} any more.`;
      return new AppError('ENGINE_UNREACHABLE', message, {
        details: error.details,
        hint: 'The engine has been stopped, or its socket taken away. See on the host: systemctl status docker',
        cause: error,
      });
    },
  };
}

/** Sessions that run `docker system dial-stdio`. @param path null: what docker is set up for on the host */
export function dialStdio(connection: SshConnection, path: string | null, sudo: boolean): Endpoint {
  const dial: DialStdio = {
    hop: connection.hop,
    path,
    sudo,
    // Read when it matters: sshd tells of the key a moment after it has let us in.
    get isForced() {
      return connection.keyOptions?.command === true;
    },
  };
  const name = sudo ? 'sudo-dial-stdio' : 'dial-stdio';
  const command = path === null ? registeredCommand(name, {}) : registeredCommand(`${name}-at`, { path });
  return {
    via: name,
    place: path === null ? 'the socket docker uses there' : visibleText(path, limits.text.reasonChars),
    budget: stdioBudget(),
    way: dialStdioLine(dial),
    opensAtSocket: false,
    open: (signal) => connection.openCommand(command, signal),
    explain(error, hasOpened) {
      if (error.code === 'DIAL_STDIO_FAILED') return explainDialFailure(dial, error);
      // It has never been an engine's: nothing of what ran there is known but that it ended, or what it printed.
      if (!hasOpened && (error.code === 'ENGINE_UNREACHABLE' || isNoHttp(error))) return notDialStdio(dial, error);
      return error;
    },
    async explainSilence(error, signal) {
      if (dial.isForced) return silentDial(dial, { kind: 'forced' }, error);
      const shell = await lookAround(signal, (during) => shellOf(connection, during));
      return silentDial(dial, shell, error);
    },
  };
}

/** Channels to a TCP port as the host sees it (`direct-tcpip`), such as that of docker-socket-proxy. */
export function tcpPort(
  connection: SshConnection,
  address: { readonly host: string; readonly port: number },
): Endpoint {
  const shownPlace = place(address);
  const { hop } = connection;
  const details = { address: shownPlace };
  return {
    via: 'tcp',
    place: shownPlace,
    budget: UNCOUNTED,
    way: `forwarded by sshd to ${shownPlace}`,
    opensAtSocket: true,
    open: (signal) => connection.openTcp(address, signal),
    explain(error) {
      if (error.code !== 'FORWARD_REFUSED') return error;
      const options = { details: { ...error.details, ...details }, cause: error };
      // RFC 4254, 5.1. OpenSSH is exact with ports: 1 for what it does not allow, 2 where it could not connect.
      switch (error.details.reason) {
        case 1: {
          if (connection.keyOptions?.portForwarding !== false) return portNotAllowed(connection, shownPlace, options);
          return new AppError('KEY_RESTRICTED', `The key that let us in to ${place(hop)} may not forward.`, {
            ...options,
            hint:
              `In ~/.ssh/authorized_keys of ${visibleText(hop.user)} on the host, begin its line with ` +
              '"restrict,port-forwarding", without "no-port-forwarding"; or log in with another key.',
          });
        }
        case 2:
          return portUnreached(connection, shownPlace, options);
        case null:
          return new AppError('ENGINE_UNREACHABLE', `${place(hop)} hears nothing from ${shownPlace}.`, {
            ...options,
            hint: 'Check the address, and firewalls between the host and it.',
          });
        default:
          return error;
      }
    },
  };
}

interface Refused {
  readonly details: AppError['details'];
  readonly cause: AppError;
}

function portNotAllowed({ hop }: SshConnection, shownPlace: string, options: Refused): AppError {
  const message = `sshd on ${place(hop)} does not allow ${visibleText(hop.user)} to reach ${shownPlace}.`;
  return new AppError('FORWARD_REFUSED', message, {
    ...options,
    hint: 'In sshd_config on the host, allow it with AllowTcpForwarding and PermitOpen; in authorized_keys, with permitopen.',
  });
}

/** The port was tried, and sshd says how that ended, as a rule in the words of its C library. */
function portUnreached({ hop }: SshConnection, shownPlace: string, { details, cause }: Refused): AppError {
  const said = shown(String(details.seen ?? ''));
  const [message, hint] = unreachedWords(place(hop), shownPlace, said);
  return new AppError('ENGINE_UNREACHABLE', message, { details, hint, cause });
}

function unreachedWords(host: string, port: string, said: string): readonly [message: string, hint: string] {
  switch (connectCodeOf(said)) {
    case 'CONNECT_REFUSED':
      return [
        `Nobody answers at ${port}, as ${host} sees it.`,
        'Check on the host that the engine, or the proxy in front of it, listens there: ss -ltn',
      ];
    case 'ADDRESS_NOT_FOUND':
      return [
        `${host} finds no address for the name in ${port} (${said}).`,
        'The name is resolved by the host: check its spelling, and that the host knows it. Names of containers it does not.',
      ];
    case 'CONNECT_TIMEOUT':
      return [
        `${port} did not answer ${host}.`,
        `Check that the machine is up, and that no firewall between it and ${host} drops the connection.`,
      ];
    case 'UNREACHABLE':
      return [
        `${port} cannot be reached from ${host} (${said}).`,
        `Check the address, the network of ${host}, and firewalls on the way.`,
      ];
    default:
      return [
        `${host} did not connect to ${port}, and does not say why (“${said}”).`,
        'See the log of sshd on the host. Check the address there, and whether anybody listens: nc -vz ADDRESS PORT',
      ];
  }
}

function isNoHttp(error: AppError): boolean {
  const { cause } = error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return error.code === 'ENGINE_ANSWER_INVALID' && code.startsWith('HPE_');
}
