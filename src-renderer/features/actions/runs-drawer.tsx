import { useEffect, useRef, useState } from 'react';
import type { Run } from '#contract/actions.ts';
import { useRuns, useUi } from '../../store/hooks.ts';
import { runNews } from '../../store/run-words.ts';
import { Button } from '../../ui/button.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { Sheet } from '../../ui/sheet.tsx';
import { RunItem } from './run-item.tsx';
import css from './runs.module.css';

interface RunsDrawerProps {
  /** The one that is meant; null: none more than another. */
  readonly run: string | null;
  readonly onClose: () => void;
}

/** What is being done and was done lately, newest first. Closing it stops nothing. */
export function RunsDrawer({ run, onClose }: RunsDrawerProps) {
  const runs = useRuns().toReversed();
  const go = useUi((state) => state.go);
  const [chosen, setChosen] = useState<ReadonlyMap<string, boolean>>(new Map());
  const openAtFirst = useOpenAtFirst(runs, run);
  return (
    <Sheet
      title="Runs"
      subtitle={runs.length === 0 ? undefined : 'They go on whether you look or not.'}
      focus="title"
      onClose={onClose}
      footer={<Button onClick={() => go('journal')}>Open the journal</Button>}
    >
      <Ended runs={runs} />
      {runs.length === 0 ? (
        <EmptyState title="Nothing has been done lately">
          <p>What you start, stop or restart is shown here, step by step. The journal keeps everything done before.</p>
        </EmptyState>
      ) : (
        <ul className={css.runs}>
          {runs.map((one) => {
            const open = chosen.get(one.id) ?? openAtFirst(one.id);
            return (
              <RunItem
                key={one.id}
                run={one}
                open={open}
                onToggle={() => setChosen((before) => new Map(before).set(one.id, !open))}
              />
            );
          })}
        </ul>
      )}
    </Sheet>
  );
}

/** To a screen reader, how a run ended that was running when it was looked at: elsewhere short news says so. */
function Ended({ runs }: { readonly runs: readonly Run[] }) {
  const running = useRef<ReadonlySet<string>>(new Set());
  const [said, setSaid] = useState('');
  useEffect(() => {
    const ended = runs.filter(({ id, state }) => state !== 'running' && running.current.has(id));
    if (ended.length > 0) setSaid(ended.map(runNews).join(' '));
    running.current = new Set(runs.filter(({ state }) => state === 'running').map(({ id }) => id));
  }, [runs]);
  return (
    <p className={css.said} role="status">
      {said}
    </p>
  );
}

/** Open are the one that is meant, all that were seen running, else the newest; none closes by itself. */
function useOpenAtFirst(runs: readonly Run[], meant: string | null): (id: string) => boolean {
  const opened = useRef<Set<string>>(new Set());
  if (meant !== null) opened.current.add(meant);
  for (const { id, state } of runs) if (state === 'running') opened.current.add(id);
  const [newest] = runs;
  if (opened.current.size === 0 && newest !== undefined) opened.current.add(newest.id);
  return (id) => opened.current.has(id);
}
