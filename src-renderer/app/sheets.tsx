import { type ComponentType, createElement, lazy, Suspense, useCallback, useEffect, useState } from 'react';
import type { ActionRequest } from '#contract/actions.ts';
import { useFleet, useUi } from '../store/hooks.ts';
import type { Sheet } from '../store/ui-store.ts';
import { Layer } from '../ui/layer.tsx';
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
const planSheet = later(async () => (await import('../features/actions/plan-sheet.tsx')).PlanSheet);
const unlockSheet = later(async () => (await import('../features/actions/unlock-sheet.tsx')).UnlockSheet);
const allowDialog = later(
  async () => (await import('../features/actions/allow-changes-dialog.tsx')).AllowChangesDialog,
);
const runsDrawer = later(async () => (await import('../features/actions/runs-drawer.tsx')).RunsDrawer);
const palette = later(async () => (await import('./palette.tsx')).Palette);
const keysDialog = later(async () => (await import('./keys-dialog.tsx')).KeysDialog);

/** The page itself comes first. */
const LOADED_AFTER_MS = 500;

/** What lies over the page, one over the other: only the last that was opened can be reached. */
export function Sheets() {
  const sheets = useUi((state) => state.sheets);
  useFocusReturn();
  useLoadedSoon();
  return sheets.map((sheet, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: its place is what it is known by; another in that place begins anew
    <Layer key={index} covered={index < sheets.length - 1}>
      <Suspense fallback={null}>
        <Shown sheet={sheet} />
      </Suspense>
    </Layer>
  ));
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
  const swap = useUi((state) => state.swapSheet);
  const onClose = useCallback(() => close(sheet), [close, sheet]);
  const onSwap = useCallback((next: Sheet) => swap(sheet, next), [swap, sheet]);
  return <Over sheet={sheet} onClose={onClose} onSwap={onSwap} />;
}

interface OverProps {
  readonly sheet: Sheet;
  readonly onClose: () => void;
  readonly onSwap: (next: Sheet) => void;
}

function Over({ sheet, onClose, onSwap }: OverProps) {
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
    case 'plan':
      return (
        <Part key={keyOf('plan', sheet.request)} of={planSheet} props={{ request: sheet.request, onClose, onSwap }} />
      );
    case 'unlock':
      return (
        <Part
          key={keyOf('unlock', sheet.request)}
          of={unlockSheet}
          props={{ request: sheet.request, onClose, onSwap }}
        />
      );
    case 'allow':
      return (
        <Part
          key={`allow ${sheet.hostId}`}
          of={allowDialog}
          props={{ hostId: sheet.hostId, wanted: sheet.wanted ?? null, onClose, onSwap }}
        />
      );
    case 'runs':
      return <Part key="runs" of={runsDrawer} props={{ run: sheet.run ?? null, onClose }} />;
    case 'palette':
      return <Part key="palette" of={palette} props={{ onClose }} />;
    case 'keys':
      return <Part key="keys" of={keysDialog} props={{ onClose }} />;
  }
}

/** The same action of the same thing, and no other. */
function keyOf(kind: string, request: ActionRequest): string {
  return `${kind} ${JSON.stringify(request)}`;
}
