import { Suspense, useCallback, useEffect } from 'react';
import type { ActionRequest } from '#contract/actions.ts';
import { useFleet, useUi } from '../store/hooks.ts';
import type { Sheet } from '../store/ui-store.ts';
import { Layer } from '../ui/layer.tsx';
import { later, loadParts, Part } from './later.tsx';
import { useFocusReturn } from './use-focus-return.ts';

const appSheet = later(async () => (await import('../features/fleet/app-sheet.tsx')).AppSheet);
const logsSheet = later(async () => (await import('../features/logs/logs-sheet.tsx')).LogsSheet);
const addHostSheet = later(async () => (await import('../features/add-host/add-host-sheet.tsx')).AddHostSheet);
const testHostSheet = later(async () => (await import('../features/add-host/test-host-sheet.tsx')).TestHostSheet);
const questionSheet = later(async () => (await import('../features/questions/question-sheet.tsx')).QuestionSheet);
const planSheet = later(async () => (await import('../features/actions/plan-sheet.tsx')).PlanSheet);
const unlockSheet = later(async () => (await import('../features/actions/unlock-sheet.tsx')).UnlockSheet);
const allowDialog = later(
  async () => (await import('../features/actions/allow-changes-dialog.tsx')).AllowChangesDialog,
);
const runsDrawer = later(async () => (await import('../features/actions/runs-drawer.tsx')).RunsDrawer);
const palette = later(async () => (await import('./palette.tsx')).Palette);
const keysDialog = later(async () => (await import('./keys-dialog.tsx')).KeysDialog);

/** Always the same: what is another is tried anew. */
const NO_FILES: readonly string[] = [];

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
    const timer = setTimeout(loadParts, LOADED_AFTER_MS);
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
    case 'logs':
      return (
        <Part key={`logs ${sheet.containerKey}`} of={logsSheet} props={{ containerKey: sheet.containerKey, onClose }} />
      );
    case 'add-host':
      return (
        <Part
          key={`add-host ${sheet.target ?? ''}`}
          of={addHostSheet}
          props={{ target: sheet.target ?? null, identityFiles: sheet.identityFiles ?? NO_FILES, onClose }}
        />
      );
    case 'test-host':
      return (
        <Part key={`test-host ${sheet.hostId}`} of={testHostSheet} props={{ hostId: sheet.hostId, onClose, onSwap }} />
      );
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
