import { useEffect, useState } from 'react';
import type { TrialOffer } from '#contract/hosts.ts';
import { useClient, useHost } from '../../store/hooks.ts';
import type { Sheet as SheetOf } from '../../store/ui-store.ts';
import { Button } from '../../ui/button.tsx';
import { Sheet } from '../../ui/sheet.tsx';
import { offersOf, type Wish } from './trial.ts';
import { TrialOffers } from './trial-offers.tsx';
import { TrialProgress } from './trial-progress.tsx';
import { TrialQuestion, useTrialQuestion } from './trial-question.tsx';
import { TrialResult } from './trial-result.tsx';
import { TrialSummary } from './trial-summary.tsx';
import { useTrial } from './use-trial.ts';

interface TestHostSheetProps {
  readonly hostId: string;
  readonly onClose: () => void;
  /** Takes the place of this sheet. */
  readonly onSwap: (next: SheetOf) => void;
}

/** A host that is there already, tried step by step over a connection of its own: what it is followed by goes on. */
export function TestHostSheet({ hostId, onClose, onSwap }: TestHostSheetProps) {
  const host = useHost(hostId);
  const connected = useClient() !== null;
  const wish = useSavedWish(hostId, host?.target ?? null);
  const { trial, start, stop } = useTrial();
  const asks = useTrialQuestion(trial) !== null;
  useEffect(() => {
    if (wish !== null) start(wish);
  }, [wish, start]);
  const label = host?.label ?? 'this host';
  const running = trial.state === 'running';
  const offers = offersOf(trial);
  const take = ({ target }: TrialOffer) =>
    onSwap({ kind: 'add-host', target, identityFiles: wish?.identityFiles ?? [] });
  return (
    <Sheet
      title={`Test of ${label}`}
      subtitle="Tried over a connection of its own; nothing is changed."
      focus="title"
      onClose={onClose}
      footer={
        <>
          {running ? (
            <Button onClick={stop}>Cancel the test</Button>
          ) : (
            <Button
              look="primary"
              disabled={wish === null || !connected}
              onClick={() => {
                if (wish !== null) start(wish);
              }}
            >
              {trial.state === 'none' ? 'Test connection' : 'Test again'}
            </Button>
          )}
          <Button onClick={onClose}>Close</Button>
        </>
      }
    >
      <TrialSummary
        target={trial.state === 'reached' ? trial.reached.target : (wish?.target ?? host?.target ?? null)}
        identityFiles={wish?.identityFiles ?? []}
      />
      <TrialProgress trial={trial} asks={asks} host={label} />
      <TrialQuestion trial={trial} host={label} />
      <TrialResult trial={trial} />
      <TrialOffers offers={offers} onTake={take} />
    </Sheet>
  );
}

/** The host as it is saved; one that is not (of the demo, of the command line) as it is followed. null: not known yet. */
function useSavedWish(hostId: string, target: string | null): Wish | null {
  const client = useClient();
  const [wish, setWish] = useState<Wish | null>(null);
  useEffect(() => {
    if (target === null) return;
    let left = false;
    const show = (identityFiles: readonly string[]) => {
      if (!left) setWish((before) => before ?? { target, identityFiles });
    };
    client?.hosts.list().then(
      (saved) => show(saved.find(({ id }) => id === hostId)?.identityFiles ?? []),
      () => show([]),
    );
    return () => {
      left = true;
    };
  }, [client, hostId, target]);
  return wish;
}
