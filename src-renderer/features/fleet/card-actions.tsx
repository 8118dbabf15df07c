import { useState } from 'react';
import { act, appRequest } from '../../store/act.ts';
import { appAvailability } from '../../store/availability.ts';
import type { AppView } from '../../store/fleet-state.ts';
import { useSurroundings } from '../../store/hooks.ts';
import { Button } from '../../ui/button.tsx';
import css from './app-card.module.css';

interface CardActionsProps {
  readonly app: AppView;
  /** The card, a button itself. */
  readonly children: React.ReactNode;
}

/**
 * A card with what can be done beside it: buttons do not nest. It is drawn only where the pointer or the keyboard is, so
 * that a page of a hundred cards stays calm, and is not twice as much to draw; `r` does the same, and so does the app's
 * sheet.
 */
export function CardActions({ app, children }: CardActionsProps) {
  const [pointed, setPointed] = useState(false);
  const [focused, setFocused] = useState(false);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only notes who is there
    <div
      className={css.place}
      onPointerEnter={() => setPointed(true)}
      onPointerLeave={() => setPointed(false)}
      onFocus={() => setFocused(true)}
      onBlur={({ currentTarget, relatedTarget }) => setFocused(currentTarget.contains(relatedTarget))}
    >
      {children}
      {(pointed || focused) && (
        <span className={css.actions}>
          <RestartApp app={app} />
        </span>
      )}
    </div>
  );
}

function RestartApp({ app }: { readonly app: AppView }) {
  const around = useSurroundings(app.hostId);
  return (
    <Button
      size="small"
      aria-label={`Restart… ${app.name}`}
      why={appAvailability(app, around).why}
      onClick={() => act(appRequest(app))}
    >
      Restart…
    </Button>
  );
}
