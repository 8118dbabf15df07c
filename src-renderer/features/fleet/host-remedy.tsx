import { useState } from 'react';
import type { FleetHost } from '#contract/updates.ts';
import { callProblem } from '../../client/call-problem.ts';
import { useClient, useQuestions, useUi } from '../../store/hooks.ts';
import { Button } from '../../ui/button.tsx';
import { hostTrouble } from './host-states.ts';

interface HostRemedyButtonProps {
  readonly host: FleetHost;
  readonly size: 'small' | 'normal';
}

/** What can be done about a host that is not live: answer what it asks, or try now. */
export function HostRemedyButton({ host, size }: HostRemedyButtonProps) {
  const question = useQuestions().find(({ hostId }) => hostId === host.id);
  const open = useUi((state) => state.openSheet);
  const say = useUi((state) => state.say);
  const client = useClient();
  const [busy, setBusy] = useState(false);
  if (question !== undefined) {
    return (
      <Button
        look="primary"
        size={size}
        aria-label={`Review… ${host.label}`}
        onClick={() => open({ kind: 'question', questionId: question.id })}
      >
        Review…
      </Button>
    );
  }
  const trouble = hostTrouble(host);
  if (trouble === null || trouble.remedy === 'wait') return null;
  const tryNow = async () => {
    if (client === null) return;
    setBusy(true);
    try {
      await client.hosts.retry({ id: host.id });
    } catch (error) {
      say(callProblem(error).message);
    }
    setBusy(false);
  };
  return (
    <Button size={size} busy={busy} disabled={client === null} aria-label={`Try now: ${host.label}`} onClick={tryNow}>
      Try now
    </Button>
  );
}
