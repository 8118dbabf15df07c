import { lazy, Suspense } from 'react';
import { useUi } from '../store/hooks.ts';
import type { Sheet } from '../store/ui-store.ts';
import { useFocusReturn } from './use-focus-return.ts';

const AppSheet = lazy(async () => ({ default: (await import('../features/fleet/app-sheet.tsx')).AppSheet }));
const HostSheet = lazy(async () => ({ default: (await import('../features/fleet/host-sheet.tsx')).HostSheet }));
const LogsSheet = lazy(async () => ({ default: (await import('../features/logs/logs-sheet.tsx')).LogsSheet }));
const AddHostSheet = lazy(async () => ({
  default: (await import('../features/add-host/add-host-sheet.tsx')).AddHostSheet,
}));
const QuestionSheet = lazy(async () => ({
  default: (await import('../features/questions/question-sheet.tsx')).QuestionSheet,
}));
const Palette = lazy(async () => ({ default: (await import('./palette.tsx')).Palette }));
const KeysDialog = lazy(async () => ({ default: (await import('./keys-dialog.tsx')).KeysDialog }));

/** What lies over the page: the last that was opened. Each is loaded when it is first asked for. */
export function Sheets() {
  const sheet = useUi((state) => state.sheets.at(-1));
  const close = useUi((state) => state.closeSheet);
  useFocusReturn();
  return <Suspense fallback={null}>{sheet !== undefined && <Over sheet={sheet} onClose={close} />}</Suspense>;
}

interface OverProps {
  readonly sheet: Sheet;
  readonly onClose: () => void;
}

function Over({ sheet, onClose }: OverProps) {
  switch (sheet.kind) {
    case 'app':
      return <AppSheet key={sheet.app} appKey={sheet.app} onClose={onClose} />;
    case 'host':
      return <HostSheet key={sheet.hostId} hostId={sheet.hostId} onClose={onClose} />;
    case 'logs':
      return <LogsSheet key={sheet.containerKey} containerKey={sheet.containerKey} onClose={onClose} />;
    case 'add-host':
      return <AddHostSheet onClose={onClose} />;
    case 'question':
      return <QuestionSheet key={sheet.questionId} questionId={sheet.questionId} onClose={onClose} />;
    case 'palette':
      return <Palette onClose={onClose} />;
    case 'keys':
      return <KeysDialog onClose={onClose} />;
  }
}
