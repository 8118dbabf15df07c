import type { JournalEntry, JournalOutcome, Verification } from '#contract/journal.ts';
import { visibleText } from '../../kernel/text.ts';
import { SHAPE, type Style } from './style.ts';
import { type Cell, type Column, tableLines } from './table.ts';
import { fittedColumns, wrappedLines } from './text-fit.ts';

const OUTCOMES: Readonly<Record<JournalOutcome, { readonly text: string; readonly paint: keyof typeof PAINTS }>> = {
  open: { text: '… under way', paint: 'dim' },
  succeeded: { text: `${SHAPE.green} succeeded`, paint: 'green' },
  failed: { text: `${SHAPE.down} failed`, paint: 'down' },
  cancelled: { text: '– cancelled', paint: 'dim' },
  unknown: { text: `${SHAPE.unknown} unknown`, paint: 'unknown' },
};
const PAINTS = {
  green: (style: Style) => (text: string) => style.verdict('green', text),
  down: (style: Style) => (text: string) => style.verdict('down', text),
  unknown: (style: Style) => (text: string) => style.verdict('unknown', text),
  dim: (style: Style) => (text: string) => style.dim(text),
};

/**
 * Entries as a log reads, newest last: when (this machine's zone), what came of it, what, who, why. Under what failed,
 * or ended unseen, stands what was said of it.
 * @param entries newest first, as the journal gives them
 * @param width of the terminal, in characters, at least 40; Infinity: nothing is cut or wrapped
 */
export function auditText(entries: readonly JournalEntry[], style: Style, width: number): string {
  const heading: Cell[] = ['TIME', 'OUTCOME', 'WHAT', 'WHO', 'REASON'].map((text) => ({ text, paint: style.dim }));
  const oldestFirst = entries.toReversed();
  const rows = [heading, ...oldestFirst.map((entry) => cells(entry, style))];
  const [first = '', ...lines] = tableLines(fittedColumns(COLUMNS, rows, width), rows);
  const told = oldestFirst.flatMap((entry, index) => [lines[index] ?? '', ...messageLines(entry, width)]);
  return `${[first, ...told].join('\n')}\n`;
}

const ANY = { align: 'left', max: Number.POSITIVE_INFINITY } as const;
const COLUMNS: readonly Column[] = [ANY, ANY, ANY, ANY, ANY];

function cells({ at, kind, outcome, title, who, reason }: JournalEntry, style: Style): Cell[] {
  const came = outcome === null ? { text: kind, paint: 'dim' as const } : OUTCOMES[outcome];
  return [
    { text: localTime(at) },
    { text: came.text, paint: PAINTS[came.paint](style) },
    { text: visibleText(title), paint: style.strong },
    { text: visibleText(who) },
    { text: visibleText(reason ?? '') },
  ];
}

function messageLines({ outcome, message }: JournalEntry, width: number): string[] {
  if (message === null || (outcome !== 'failed' && outcome !== 'unknown')) return [];
  return wrappedLines(`${INDENT}${visibleText(message)}`, width, INDENT);
}

const INDENT = '    ';

/** `2026-11-21 09:14:31` of this machine's zone. */
export function localTime(at: string): string {
  const date = new Date(at);
  const two = (number: number) => String(number).padStart(2, '0');
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')}`;
}

/** What verifying found, for people. @param width as for {@link auditText} */
export function verificationText(verification: Verification, style: Style, width: number): string {
  const { sound, records, head, findings, notes } = verification;
  const verdict = sound ? 'green' : 'down';
  const sentence = wrappedLines(sentenceOf(verification), width - 2).map(
    (line, index) => `${index === 0 ? style.verdict(verdict, SHAPE[verdict]) : ' '} ${style.strong(line)}`,
  );
  const wrong = findings.map(({ file, line, text }): Cell[] => [
    { text: visibleText(line === null ? file : `${file}:${line}`), paint: style.dim },
    { text: visibleText(text) },
  ]);
  const lines = [
    ...sentence,
    ...tableLines([ANY, ANY], wrong).flatMap((line) => `  ${line}`),
    ...notes.flatMap((note) => wrappedLines(`  ${visibleText(note)}`, width, '  ')),
    ...(head === null ? [] : [`  ${style.dim(`Record ${records} has SHA-256`)} ${head}`]),
    ...(sound ? [] : wrappedLines(`  ${PUT_ASIDE}`, width, '  ')),
  ];
  return `${lines.join('\n')}\n`;
}

const PUT_ASIDE = 'Nothing is changed on any host until it is put aside, which the Journal page does: binnacle serve.';

function sentenceOf({ sound, records, files, findings }: Verification): string {
  const within = `${files} ${files === 1 ? 'file' : 'files'}`;
  if (!sound) {
    return `The journal is not what was written: ${findings.length} ${findings.length === 1 ? 'finding' : 'findings'} in ${within}.`;
  }
  return `The journal is sound: ${records} ${records === 1 ? 'record' : 'records'} in ${within}.`;
}
