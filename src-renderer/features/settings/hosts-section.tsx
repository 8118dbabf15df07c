import { useState } from 'react';
import type { SavedHost } from '#contract/hosts.ts';
import { callProblem } from '../../client/call-problem.ts';
import type { Client } from '../../client/client.ts';
import { useClient, useUi, useWelcome } from '../../store/hooks.ts';
import { Button } from '../../ui/button.tsx';
import { HostEntry } from './host-entry.tsx';
import css from './settings.module.css';
import { SettingsSection } from './settings-section.tsx';
import { useSavedHosts } from './use-saved-hosts.ts';

/** The operator's own hosts: what is saved of each, its name, and whether it is followed at all. */
export function HostsSection() {
  const { saved, reload } = useSavedHosts();
  const [removed, setRemoved] = useState<readonly SavedHost[]>([]);
  const [problem, setProblem] = useState<string | null>(null);
  const demo = useWelcome()?.demo === true;
  const client = useClient();
  const open = useUi((ui) => ui.openSheet);

  const change = async (what: (client: Client) => Promise<unknown>): Promise<boolean> => {
    setProblem(null);
    try {
      if (client === null) throw new Error('There is no connection to the core.');
      await what(client);
      reload();
      return true;
    } catch (error) {
      const { message, hint } = callProblem(error);
      setProblem(hint === null ? message : `${message} ${hint}`);
      return false;
    }
  };
  const remove = async (host: SavedHost) => {
    if (await change((core) => core.hosts.remove({ id: host.id }))) setRemoved((all) => [...all, host]);
  };
  const restore = async (host: SavedHost) => {
    const back = await change((core) => core.hosts.restore({ id: host.id }));
    if (back) setRemoved((all) => all.filter(({ id }) => id !== host.id));
  };
  const rename = ({ id }: SavedHost, name: string | null) => change((core) => core.hosts.rename({ id, name }));

  return (
    <SettingsSection
      title="Hosts"
      action={
        <Button size="small" disabled={client === null} onClick={() => open({ kind: 'add-host' })}>
          Add a host
        </Button>
      }
    >
      {demo && (
        <p className={css.note}>
          The hosts you see on the fleet page are made up. Add one of your own, and the demo ends.
        </p>
      )}
      {saved.state === 'failed' && (
        <p className={css.wrong} role="alert">
          {saved.problem.message} {saved.problem.hint}
        </p>
      )}
      {saved.state === 'known' && saved.hosts.length === 0 && removed.length === 0 && (
        <p className={css.empty}>No host of your own is saved yet.</p>
      )}
      {saved.state === 'known' && (saved.hosts.length > 0 || removed.length > 0) && (
        <ul className={css.list} aria-label="Saved hosts">
          {saved.hosts.map((host) => (
            <HostEntry
              key={host.id}
              host={host}
              onRename={(name) => rename(host, name)}
              onRemove={() => void remove(host)}
              onAllow={() => open({ kind: 'allow', hostId: host.id })}
              onObserve={() => void change((core) => core.hosts.setMode({ id: host.id, mode: 'observe' }))}
            />
          ))}
          {removed.map((host) => (
            <li key={host.id} className={css.removed}>
              <span role="status">{host.name ?? host.target} was removed. Nothing changed on the machine itself.</span>
              <Button size="small" onClick={() => void restore(host)}>
                Undo
              </Button>
            </li>
          ))}
        </ul>
      )}
      {problem !== null && (
        <p className={css.wrong} role="alert">
          {problem}
        </p>
      )}
    </SettingsSection>
  );
}
