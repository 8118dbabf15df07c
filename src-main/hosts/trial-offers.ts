import type { EngineVia, TrialOffer } from '#contract/hosts.ts';
import type { AppError } from '../kernel/errors.ts';
import { visibleText } from '../kernel/text.ts';
import { DEFAULT_SOCKET_PATH, type EngineAddress, formatTarget, type HostTarget } from '../ssh/target.ts';

/** Other ways to the same host that were found while it was looked why this one is closed. */
export function offersAfter(target: HostTarget, { details }: AppError): TrialOffer[] {
  if (!Array.isArray(details.found)) return [];
  return details.found.filter(isEngineAddress).flatMap((engine) => {
    const wish = withEngine(target, engine);
    return wish === null ? [] : [{ target: formatTarget(wish), ...wordsOf(engine, target) }];
  });
}

/** A host that was reached by a way it falls back to can be saved so: it is then reached without trying the other first. */
export function offersOnceReached(target: HostTarget, via: EngineVia): TrialOffer[] {
  if (target.kind === 'local' || target.engine.kind !== 'socket' || target.engine.via !== 'any') return [];
  if (via !== 'dial-stdio') return [];
  return [
    {
      target: formatTarget({ ...target, engine: { ...target.engine, via } }),
      label: 'Always use docker system dial-stdio',
      why: 'sshd does not forward to the socket, and the docker client on the host does. Saved so, that is not tried first each time.',
    },
  ];
}

function withEngine(target: HostTarget, engine: EngineAddress): HostTarget | null {
  if (target.kind === 'ssh') return { ...target, engine };
  if (engine.kind !== 'socket' || engine.via !== 'any') return null;
  return { kind: 'local', engine: { kind: 'socket', path: engine.path } };
}

function wordsOf(engine: EngineAddress, target: HostTarget): Omit<TrialOffer, 'target'> {
  if (engine.kind === 'tcp') {
    const address = visibleText(`${engine.host}:${engine.port}`);
    return { label: `Use the engine’s TCP port ${address}`, why: `Something answers at ${address} there.` };
  }
  const path = visibleText(engine.path ?? DEFAULT_SOCKET_PATH);
  const who = target.kind === 'ssh' && target.user !== null ? visibleText(target.user) : 'this user';
  if (engine.via === 'sudo-dial-stdio') {
    return {
      label: 'Use sudo',
      why: `${who} may not use ${path}, and there is a sudo on the host. It was not tried: a sudo that is refused is reported to whoever runs the host, and it must ask for no password.`,
    };
  }
  if (engine.via === 'dial-stdio') {
    return { label: 'Use docker system dial-stdio', why: 'The docker client on the host reaches the engine.' };
  }
  const why = `${path} is there, and open to ${who}.`;
  const own = /^\/run\/user\/\d+\//.test(path);
  if (path.endsWith('/podman.sock'))
    return { label: own ? `Use the Podman socket of ${who}` : 'Use the Podman socket', why };
  return { label: own ? `Use the rootless Docker socket of ${who}` : `Use ${path}`, why };
}

/** As `explainForwardFailure` puts them there: `details` may hold anything. */
function isEngineAddress(value: unknown): value is EngineAddress {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return false;
  if (value.kind === 'tcp') return 'host' in value && 'port' in value;
  return value.kind === 'socket' && 'path' in value && 'via' in value;
}
