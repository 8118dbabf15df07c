import { useEffect, useState } from 'react';
import { useConnection, useSummary, useUi } from '../store/hooks.ts';
import type { Offer } from '../store/ui-store.ts';
import { Button } from '../ui/button.tsx';
import { Toast } from '../ui/toast.tsx';
import css from './news.module.css';

const SETTLED_MS = 1_000;

/** What is said beside the page: short news, and to a screen reader the sentence whenever it becomes another. */
export function News() {
  const toast = useUi((state) => state.toast);
  const hush = useUi((state) => state.hush);
  return (
    <>
      <Announcer />
      {/* There before there is news: what comes together with its own place is not read out everywhere. */}
      <div role="status">
        {toast !== null && (
          <Toast
            key={toast.id}
            text={toast.text}
            onGone={hush}
            {...(toast.offer === null ? {} : { action: <OfferButton offer={toast.offer} /> })}
          />
        )}
      </div>
    </>
  );
}

function OfferButton({ offer: { label, goes } }: { readonly offer: Offer }) {
  const go = useUi((state) => state.go);
  const open = useUi((state) => state.openSheet);
  const hush = useUi((state) => state.hush);
  const follow = () => {
    hush();
    if ('route' in goes) go(goes.route);
    else open(goes.sheet);
  };
  return (
    <Button size="small" onClick={follow}>
      {label}
    </Button>
  );
}

/** A tab among others answers the question too; a window of its own is called as its program is. */
function useTitle(headline: string): void {
  const lost = useConnection().state === 'lost';
  const inTab = window.binnacle === undefined;
  useEffect(() => {
    if (!inTab) return;
    document.title = lost ? 'Not connected · Binnacle' : headline === '' ? 'Binnacle' : `${headline} · Binnacle`;
  }, [inTab, lost, headline]);
}

/**
 * Only the headline, or that nothing new comes any more, and only once it has stood for a second: a restart loop must not
 * talk without end, nor the banner that counts the seconds.
 */
function Announcer() {
  const headline = useSummary()?.headline ?? '';
  const connection = useConnection();
  useTitle(headline);
  const [said, setSaid] = useState('');
  const now = connection.state === 'lost' ? lostWords(connection.refusal) : headline;
  useEffect(() => {
    const timer = setTimeout(() => setSaid(now), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [now]);
  return (
    <div className={css.announcer} role="status">
      {said}
    </div>
  );
}

function lostWords(refusal: { readonly message: string } | null): string {
  return `${refusal?.message ?? 'Binnacle’s core has gone.'} What you see is not up to date.`;
}
