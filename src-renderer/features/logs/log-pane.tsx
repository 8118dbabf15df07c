import { useCallback, useRef } from 'react';
import type { FleetContainer } from '#contract/updates.ts';
import { copyText } from '../../lib/copy-text.ts';
import { useHost, useUi } from '../../store/hooks.ts';
import type { ListVirtualizer } from '../../ui/virtual-list.tsx';
import { LogList } from './log-list.tsx';
import { LogNotice } from './log-notice.tsx';
import { LogStatus } from './log-status.tsx';
import { LogToolbar } from './log-toolbar.tsx';
import { copiedLine } from './log-words.ts';
import css from './logs.module.css';
import { useLogSession } from './use-log-session.ts';

interface LogPaneProps {
  readonly container: FleetContainer;
  readonly query: string;
  readonly onQuery: (query: string) => void;
  readonly wrap: boolean;
  readonly onWrap: (wrap: boolean) => void;
}

/** The log of one container, with what can be done in it. Another container is another pane. */
export function LogPane({ container, query, onQuery, wrap, onWrap }: LogPaneProps) {
  const session = useLogSession(container);
  const hostLabel = useHost(container.hostId)?.label ?? 'its host';
  const say = useUi((ui) => ui.say);
  const list = useRef<ListVirtualizer | null>(null);
  const searchField = useRef<HTMLInputElement>(null);
  const pane = useRef<HTMLElement>(null);
  const firstShown = useCallback(() => list.current?.range?.startIndex ?? 0, []);
  if (session === null) return <section className={css.pane} aria-label={`Log of ${container.name}`} />;

  const copy = () => {
    const selected = document.getSelection()?.toString() ?? '';
    const text = selected === '' ? linesInView() : selected;
    if (!copyText(text)) say('Nothing was copied: the browser refused. Select lines and copy them by keyboard.');
    else say(selected === '' ? 'Copied the lines in view.' : 'Copied what is selected.');
  };
  const linesInView = () => {
    const range = list.current?.range ?? null;
    const indexes = range === null ? [] : Array.from({ length: range.endIndex - range.startIndex + 1 }, (_, i) => i);
    return indexes
      .map((i) => session.ring.at((range?.startIndex ?? 0) + i))
      .flatMap((entry) => (entry?.kind === 'line' ? [copiedLine(entry)] : []))
      .join('\n');
  };

  const onKeyDown = (event: React.KeyboardEvent) => {
    const inField = event.target instanceof HTMLInputElement;
    const onButton = event.target instanceof HTMLButtonElement;
    if ((event.key === 'f' && (event.ctrlKey || event.metaKey)) || (event.key === '/' && !inField)) {
      event.preventDefault();
      searchField.current?.select();
    } else if (event.key === 'End' && !inField) {
      event.preventDefault();
      session.follow();
      list.current?.scrollToEnd();
    } else if (event.key === ' ' && !inField && !onButton) {
      event.preventDefault();
      if (session.reading.state === 'paused') session.follow();
      else session.pause();
    }
  };

  return (
    <section
      ref={pane}
      className={css.pane}
      aria-label={`Log of ${container.name}`}
      tabIndex={-1}
      data-autofocus
      onKeyDown={onKeyDown}
    >
      <LogToolbar
        session={session}
        query={query}
        onQuery={onQuery}
        searchField={searchField}
        onMove={(step) => session.goToMatch(step, session.ring.firstId + firstShown())}
        onLeave={() => pane.current?.focus()}
        wrap={wrap}
        onWrap={onWrap}
        onCopy={copy}
      />
      <LogNotice session={session} container={container} hostLabel={hostLabel} />
      <LogList session={session} wrap={wrap} label="Lines" list={list} />
      <LogStatus session={session} hostLabel={hostLabel} />
    </section>
  );
}
