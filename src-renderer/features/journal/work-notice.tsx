import type { Verification } from '#contract/journal.ts';
import { copyText } from '../../lib/copy-text.ts';
import { timeOfDay } from '../../lib/day.ts';
import { formatCount, formatSpan } from '../../lib/format.ts';
import { useFleet } from '../../store/hooks.ts';
import { uiStore } from '../../store/ui-store.ts';
import { Button } from '../../ui/button.tsx';
import { verifiedWords } from './journal-words.ts';
import { Notice } from './notice.tsx';
import type { JournalWork, JournalWorks, WorkName } from './use-journal-work.ts';
import css from './work-notice.module.css';

interface WorkNoticeProps {
  readonly works: JournalWorks;
  readonly onClose: () => void;
}

/** What was asked of the journal as a whole: that it is under way, or what came of it. */
export function WorkNotice({ works: { work }, onClose }: WorkNoticeProps) {
  return (
    <div className={css.place} role="status" data-shown={work.state !== 'none' || undefined}>
      <Said work={work} onClose={onClose} />
    </div>
  );
}

const FAILED: Readonly<Record<WorkName, string>> = {
  verify: 'The journal could not be verified',
  export: 'Nothing was exported',
  'put-aside': 'The journal could not be put aside',
};

function Said({ work, onClose }: { readonly work: JournalWork; readonly onClose: () => void }) {
  switch (work.state) {
    case 'none':
      return null;
    case 'under-way':
      return <UnderWay what={work.what} onCancel={onClose} />;
    case 'verified':
      return <Verified verification={work.verification} onClose={onClose} />;
    case 'exported':
      return (
        <Notice
          title={
            work.records === 0
              ? 'No record matches the filter: nothing was exported'
              : `${formatCount(work.records, 'record')} exported`
          }
          onClose={onClose}
        >
          <Line label="File" value={work.file} copies="the path" />
        </Notice>
      );
    case 'put-aside':
      return (
        <Notice mark="green" title="The old journal is kept, and a new one has begun" onClose={onClose}>
          <Line label="Kept in" value={work.folder} copies="the path" />
        </Notice>
      );
    case 'failed':
      return (
        <Notice mark="attention" title={FAILED[work.what]} onClose={onClose}>
          <p>
            {work.problem.message} {work.problem.hint}
          </p>
        </Notice>
      );
  }
}

function UnderWay({ what, onCancel }: { readonly what: WorkName; readonly onCancel: () => void }) {
  const records = useFleet((state) => state.journal?.records ?? 0);
  const words = {
    verify: records === 0 ? 'Checking the journal' : `Checking ${formatCount(records, 'record')}`,
    export: 'Writing the file',
    'put-aside': 'Putting the journal aside',
  }[what];
  return (
    <div className={css.busy}>
      <span className={css.turning} aria-hidden="true" />
      <span className={css.words}>{words}</span>
      {what !== 'put-aside' && (
        <Button size="small" onClick={onCancel}>
          Cancel
        </Button>
      )}
    </div>
  );
}

function Verified({ verification, onClose }: { readonly verification: Verification; readonly onClose: () => void }) {
  const { sound, head, tookMs, at, findings, notes } = verification;
  return (
    <Notice mark={sound ? 'green' : 'down'} title={verifiedWords(verification)} onClose={onClose}>
      {findings.length > 0 && (
        <ol className={css.findings} aria-label="Findings">
          {findings.map(({ file, line, text }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a finding of a finished verification stays where it is
            <li key={index}>
              <span className={css.where}>{line === null ? file : `${file}:${line}`}</span>
              <span>{text}</span>
            </li>
          ))}
        </ol>
      )}
      {notes.map((note) => (
        <p key={note}>{note}</p>
      ))}
      {head !== null && <Line label="SHA-256 of the last record" value={head} short copies="it" />}
      <p className={css.took}>
        Checked at {timeOfDay(Date.parse(at))}, in {formatSpan(tookMs)}
      </p>
    </Notice>
  );
}

interface LineProps {
  readonly label: string;
  readonly value: string;
  /** Both ends are shown, and all of it is copied. */
  readonly short?: boolean;
  /** What the button copies. */
  readonly copies: string;
}

function Line({ label, value, short = false, copies }: LineProps) {
  const copy = () => uiStore.getState().say(copyText(value) ? 'Copied.' : 'The browser did not let it be copied.');
  return (
    <div className={css.line}>
      <span>{label}</span>
      <code title={short ? value : undefined}>{short ? `${value.slice(0, 12)}…${value.slice(-6)}` : value}</code>
      <Button size="small" aria-label={`Copy ${copies}`} onClick={copy}>
        Copy
      </Button>
    </div>
  );
}
