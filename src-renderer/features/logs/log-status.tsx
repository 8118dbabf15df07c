import { Kbd } from '../../ui/kbd.tsx';
import type { LogSession } from './log-session.ts';
import { heldWords, letGoWords, streamWords } from './log-words.ts';
import css from './logs.module.css';

/** The foot of the drawer: where the stream stands, what is held, and the keys. */
export function LogStatus({ session, hostLabel }: { readonly session: LogSession; readonly hostLabel: string }) {
  const { stream, reading, ring } = session;
  return (
    <footer className={css.status}>
      <span role="status" className={css.state} data-state={reading.state === 'paused' ? 'paused' : stream.state}>
        {streamWords(stream, reading, hostLabel)}
      </span>
      <span>{heldWords(ring.lines)}</span>
      {ring.letGo > 0 && <span>{letGoWords(ring.letGo)}</span>}
      <span className={css.space} />
      <span className={css.keys}>
        <Kbd>Space</Kbd> pause <Kbd>/</Kbd> search <Kbd>End</Kbd> follow
      </span>
    </footer>
  );
}
