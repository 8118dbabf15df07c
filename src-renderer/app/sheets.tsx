import { type ComponentType, createElement, lazy, Suspense, useCallback, useEffect, useState } from 'react';
import { useFleet, useUi } from '../store/hooks.ts';
import type { Sheet } from '../store/ui-store.ts';
import { useFocusReturn } from './use-focus-return.ts';

const parts: (() => Promise<void>)[] = [];

/**
 * A part that is loaded when it is first drawn, or before. What was loaded before is drawn at once: behind `lazy` React
 * would show nothing for 300 ms even then, and what is typed meanwhile would be lost.
 */
function later<Props extends object>(load: () => Promise<ComponentType<Props>>): () => ComponentType<Props> {
  let known: ComponentType<Props> | null = null;
  const Lazy: ComponentType<Props> = lazy(async () => ({ default: await load() })) as ComponentType<Props>;
  parts.push(async () => {
    known = await load();
  });
  return () => known ?? Lazy;
}

interface PartProps<Props> {
  readonly of: () => ComponentType<Props>;
  readonly props: Props;
}

/** Stays with what it was first drawn with: another component would begin anew. */
function Part<Props extends object>({ of, props }: PartProps<Props>) {
  const [chosen] = useState(of);
  return createElement(chosen, props);
}

const appSheet = later(async () => (await import('../features/fleet/app-sheet.tsx')).AppSheet);
const hostSheet = later(async () => (await import('../features/fleet/host-sheet.tsx')).HostSheet);
const logsSheet = later(async () => (await import('../features/logs/logs-sheet.tsx')).LogsSheet);
const addHostSheet = later(async () => (await import('../features/add-host/add-host-sheet.tsx')).AddHostSheet);
const questionSheet = later(async () => (await import('../features/questions/question-sheet.tsx')).QuestionSheet);
const palette = later(async () => (await import('./palette.tsx')).Palette);
const keysDialog = later(async () => (await import('./keys-dialog.tsx')).KeysDialog);

/** The page itself comes first. */
const LOADED_AFTER_MS = 500;

/** What lies over the page: the last that was opened. */
export function Sheets() {
  const sheet = useUi((state) => state.sheets.at(-1));
  useFocusReturn();
  useLoadedSoon();
  return <Suspense fallback={null}>{sheet !== undefined && <Shown sheet={sheet} />}</Suspense>;
}

/**
 * Soon after the fleet is shown all of them are loaded: what is typed right after Ctrl K is
 * for the palette, and a core that has gone by then can give none of them any more.
 */
function useLoadedSoon(): void {
  const known = useFleet((state) => state.seq !== null);
  useEffect(() => {
    if (!known) return;
    const timer = setTimeout(() => {
      // What could not be loaded now is loaded when it is asked for.
      for (const load of parts) load().catch(() => undefined);
    }, LOADED_AFTER_MS);
    return () => clearTimeout(timer);
  }, [known]);
}

function Shown({ sheet }: { readonly sheet: Sheet }) {
  const close = useUi((state) => state.closeSheet);
  const onClose = useCallback(() => close(sheet), [close, sheet]);
  return <Over sheet={sheet} onClose={onClose} />;
}

interface OverProps {
  readonly sheet: Sheet;
  readonly onClose: () => void;
}

function Over({ sheet, onClose }: OverProps) {
  switch (sheet.kind) {
    case 'app':
      return <Part key={`app ${sheet.app}`} of={appSheet} props={{ appKey: sheet.app, onClose }} />;
    case 'host':
      return <Part key={`host ${sheet.hostId}`} of={hostSheet} props={{ hostId: sheet.hostId, onClose }} />;
    case 'logs':
      return (
        <Part key={`logs ${sheet.containerKey}`} of={logsSheet} props={{ containerKey: sheet.containerKey, onClose }} />
      );
    case 'add-host':
      return <Part key="add-host" of={addHostSheet} props={{ onClose }} />;
    case 'question':
      return (
        <Part
          key={`question ${sheet.questionId}`}
          of={questionSheet}
          props={{ questionId: sheet.questionId, onClose }}
        />
      );
    case 'palette':
      return <Part key="palette" of={palette} props={{ onClose }} />;
    case 'keys':
      return <Part key="keys" of={keysDialog} props={{ onClose }} />;
  }
}
