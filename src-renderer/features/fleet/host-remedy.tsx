import { useState } from 'react';
import type { FleetHost } from '#contract/updates.ts';
import { callProblem } from '../../client/call-problem.ts';
import { useClient, useUi } from '../../store/hooks.ts';
import { Button } from '../../ui/button.tsx';
import { useHostTrouble, useQuestionOf } from './use-host-trouble.ts';

interface HostRemedyButtonProps {
  readonly host: FleetHost;
  readonly size: 'small' | 'normal';
}

/** What can be done about a host that is not live: answer what it asks, or try now. */
export function HostRemedyButton({ host, size }: HostRemedyButtonProps) {
  const question = useQuestionOf(host);
  const trouble = useHostTrouble(host);
  const open = useUi((state) => state.openSheet);
  const say = useUi((state) => state.say);
  const client = useClient();
  const [busy, setBusy] = useState(false);
  if (question !== null) {
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
  // Answered elsewhere, or on its way: the host waits for it, and there is nothing to try.
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
