import { useEffect } from 'react';
import { keyCommand, keyPress } from '../lib/keyboard.ts';
import { useConnection, useUi } from '../store/hooks.ts';
import { isForPage, watchPageKeys } from '../store/page-keys.ts';
import { uiStore } from '../store/ui-store.ts';
import { Banners } from './banners.tsx';
import { ConnectionEnd } from './connection-end.tsx';
import css from './frame.module.css';
import { News } from './news.tsx';
import { Page } from './page.tsx';
import { Rail } from './rail.tsx';
import { Sheets } from './sheets.tsx';

/** Everything that is there on every page. */
export function Frame() {
  const connection = useConnection();
  useKeys();
  if (connection.state === 'no-session' || connection.state === 'mismatch') {
    return <ConnectionEnd state={connection.state} />;
  }
  return (
    <>
      <div className={css.frame}>
        <Rail />
        <div className={css.column}>
          <Banners />
          <Page />
        </div>
      </div>
      <Sheets />
      <News />
      <main className={css.small}>
        <p>This window is too small for Binnacle. It needs 720 by 480 pixels.</p>
      </main>
    </>
  );
}

/** Keys that mean the same everywhere; a page listens to its own. */
function useKeys(): void {
  const open = useUi((state) => state.openSheet);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const command = keyCommand(keyPress(event));
      const { sheets } = uiStore.getState();
      if (command === 'palette') {
        event.preventDefault();
        if (sheets.at(-1)?.kind !== 'palette') open({ kind: 'palette' });
      } else if (command === 'keys' && isForPage(event)) {
        open({ kind: 'keys' });
      }
    };
    const unwatch = watchPageKeys(window);
    window.addEventListener('keydown', onKey);
    return () => {
      unwatch();
      window.removeEventListener('keydown', onKey);
    };
  }, [open]);
}
