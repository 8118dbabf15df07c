import type { SshAlias } from '#contract/hosts.ts';
import { aliasComesTo, isLocal } from './suggestions.ts';
import { DEFAULT_PORT, DEFAULT_SOCKET, type TargetParts } from './target-reading.ts';

interface UnderstoodProps {
  readonly target: string;
  readonly parts: TargetParts;
  readonly aliases: readonly SshAlias[];
}

/** What will be done with what was typed. */
export function Understood({ target, parts, aliases }: UnderstoodProps) {
  if (isLocal(target)) {
    const path = parts.socketPath;
    return (
      <span>
        The engine of this machine, without SSH
        {path !== '' && path !== DEFAULT_SOCKET && (
          <>
            , at <b>{path}</b>
          </>
        )}
      </span>
    );
  }
  const { user, host, port, socketPath, via, tcp } = parts;
  const alias = aliases.find(({ name }) => name === host);
  return (
    <span>
      {alias === undefined ? (
        <>
          {user === '' ? 'Your own user name' : <b>{user}</b>} at <b>{host}</b>, port <b>{port || DEFAULT_PORT}</b>
        </>
      ) : (
        <Alias alias={alias} user={user} port={port} />
      )}
      {tcp !== '' && (
        <>
          , engine at <b>{tcp}</b>
        </>
      )}
      {socketPath !== '' && socketPath !== DEFAULT_SOCKET && (
        <>
          , socket <b>{socketPath}</b>
        </>
      )}
      {via !== '' && <>, through the docker command{via === 'sudo-dial-stdio' && ' with sudo'}</>}
    </span>
  );
}

interface AliasProps {
  readonly alias: SshAlias;
  readonly user: string;
  readonly port: string;
}

/** What ssh_config makes of it; what was typed beside it comes first. */
function Alias({ alias, user, port }: AliasProps) {
  if (alias.problem !== null) return <>{alias.problem.message}</>;
  return (
    <>
      ssh_config: <b>{aliasComesTo(alias)}</b>
      {user !== '' && (
        <>
          , as <b>{user}</b>
        </>
      )}
      {port !== '' && (
        <>
          , port <b>{port}</b>
        </>
      )}
    </>
  );
}
