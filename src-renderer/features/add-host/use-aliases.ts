import { useEffect, useState } from 'react';
import type { SshAlias } from '#contract/hosts.ts';
import { useClient } from '../../store/hooks.ts';

/** Hosts named in the operator's ssh_config; null: not known (yet), which leaves the field as it is without them. */
export function useAliases(): readonly SshAlias[] | null {
  const client = useClient();
  const [aliases, setAliases] = useState<readonly SshAlias[] | null>(null);
  useEffect(() => {
    let left = false;
    client?.hosts.aliases().then(
      (found) => {
        if (!left) setAliases(found);
      },
      () => undefined,
    );
    return () => {
      left = true;
    };
  }, [client]);
  return aliases;
}
