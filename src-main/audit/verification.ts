import type { Verification } from '#contract/journal.ts';
import type { Clock } from '../kernel/clock.ts';
import { limits } from '../kernel/limits.ts';
import type { Finding } from './journal-errors.ts';
import type { Scan } from './scan-journal.ts';

/**
 * What a scan comes to.
 * @param more what was found beside it
 * @param began when the scan did, on the monotonic clock
 */
export function verificationOf(scan: Scan, more: readonly Finding[], clock: Clock, began: number): Verification {
  const findings = [...scan.findings, ...more].map((finding) => ({ ...finding }));
  const unnamed = scan.wrong + more.length - findings.length;
  return {
    sound: findings.length === 0,
    records: scan.records,
    files: scan.fileNumbers.length,
    head: scan.records === 0 ? null : scan.head.hash,
    at: new Date(clock.now()).toISOString(),
    tookMs: clock.monotonic() - began,
    findings: findings.slice(0, limits.journal.findings),
    notes: [
      ...(unnamed > 0 ? [`${unnamed} more things are wrong.`] : []),
      ...clockNotes(scan, clock),
      ...beyondNotes(scan),
      ...scan.notes,
    ],
  };
}

/** The order of records is their number's: a clock may be set, and one that was wrong proves nothing. */
function clockNotes({ setBack, lastAt }: Scan, clock: Clock): string[] {
  const { times, first } = setBack;
  const ahead = lastAt === null ? 0 : lastAt - clock.now();
  return [
    ...(first === null
      ? []
      : [
          `The clock went back ${times === 1 ? 'once' : `${times} times`}, first at ${first.file}, line ${first.line}.`,
        ]),
    ...(ahead > CLOCK_SLACK_MS && lastAt !== null
      ? [`The last record is from the future (${new Date(lastAt).toISOString()}): a clock was or is wrong.`]
      : []),
  ];
}

const CLOCK_SLACK_MS = 1_000;

function beyondNotes({ beyond, cut }: Scan): string[] {
  if (beyond === 0 && cut === null) return [];
  const what = [
    ...(beyond === 0 ? [] : [beyond === 1 ? '1 record' : `${beyond} records`]),
    ...(cut === null ? [] : [`${cut.bytes} bytes of one`]),
  ].join(' and ');
  return [`Not anchored yet: ${what}. Binnacle is writing, or was ended while it wrote; its next start records that.`];
}
