import type { ActionRequest } from '#contract/actions.ts';
import { isLockable } from '../../store/act.ts';
import { useHost, useUi } from '../../store/hooks.ts';
import { hostRoute, type Sheet } from '../../store/ui-store.ts';
import { Button } from '../../ui/button.tsx';
import type { Remedy } from './refusal.ts';

interface RemedyButtonProps {
  readonly remedy: Remedy;
  /** What was refused. */
  readonly request: ActionRequest;
  readonly onAgain: () => void;
  /** Takes the place of the sheet it stands in. */
  readonly onSwap: (next: Sheet) => void;
}

/** The next step after a refusal. */
export function RemedyButton({ remedy, request, onAgain, onSwap }: RemedyButtonProps) {
  const go = useUi((state) => state.go);
  const label = useHost(request.hostId)?.label ?? 'this host';
  const step = (): readonly [string, () => void] | null => {
    const { hostId } = request;
    switch (remedy) {
      case 'allow':
        return [`Allow changes on ${label}…`, () => onSwap({ kind: 'allow', hostId, wanted: request })];
      case 'unlock':
        return isLockable(request) ? ['Unlock…', () => onSwap({ kind: 'unlock', request })] : null;
      case 'again':
        return ['Plan again', onAgain];
      case 'runs':
        return ['Show what is under way', () => onSwap({ kind: 'runs' })];
      case 'journal':
        return ['Open the journal', () => go('journal')];
      case 'host':
        return [`Show ${label}`, () => go(hostRoute(hostId))];
      case 'nothing':
        return null;
    }
  };
  const next = step();
  if (next === null) return null;
  const [words, onClick] = next;
  return (
    <Button look="primary" onClick={onClick}>
      {words}
    </Button>
  );
}
