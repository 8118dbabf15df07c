import type { ContainerDetail } from '../engine/model.ts';
import { limits } from '../kernel/limits.ts';
import { deathsOf, endingNote, isUp, type Progress, wasKilled } from './run-progress.ts';
import { afterTime, type Said, said, span } from './run-words.ts';

/** How a change that the engine has answered came out. `clause` follows the container's name, `note` stands at a step. */
export type Judgement =
  | {
      readonly state: 'succeeded';
      readonly note: string | null;
      readonly clause: Said;
      /** It came out well, and not without something that is worth a word beside others'. */
      readonly isRemarkable: boolean;
    }
  | { readonly state: 'failed'; readonly at: 'down' | 'up' | 'well'; readonly note: Said; readonly clause: Said }
  /** A cancel came while it was waited for to be well. */
  | { readonly state: 'cut'; readonly note: string; readonly clause: Said };

/** As in the verdicts: so many ends in a row are a loop, whatever a health check may still say. */
const LOOP_DEATHS = 3;

/**
 * What the looks since the engine's answer come to; null: it takes another one. A start succeeds when it is up and, with
 * a health check, healthy; without one when the same process has run for `limits.actions.upMs`; and what runs once, when
 * it has finished. A stop succeeds when it does not run.
 */
export function judge(progress: Progress, isCancelled: boolean): Judgement | null {
  const { seen, answer, change } = progress;
  if (seen === null || answer === null) return null;
  const { detail } = seen;
  const waited = seen.at - answer.at;
  if (change.what === 'stop') return judgeStop(progress, detail, waited);
  if (detail === 'gone') return failed('up', 'gone', 'was removed meanwhile');
  switch (detail.state) {
    case 'running':
      if (isUntouched(progress, detail)) {
        const notDone = failed('up', 'not restarted', 'was not restarted, although the engine says so: it runs on');
        return waited < limits.actions.upMs ? null : notDone;
      }
      return change.healthWaitMs === null ? judgeUp(progress, isCancelled) : judgeHealth(progress, detail, isCancelled);
    case 'restarting':
    case 'exited':
      return judgeEnded(progress, detail, isCancelled);
    case 'paused':
      return failed('well', 'paused', 'was paused meanwhile');
    case 'removing':
      return failed('up', 'being removed', 'is being removed');
    case 'dead':
      return failed('up', 'dead', 'is dead', detail.error);
    default: {
      const isHopeless = detail.error !== null || waited >= limits.actions.upMs;
      return isHopeless ? failed('up', 'not started', 'was not started', detail.error) : null;
    }
  }
}

/** What ran before still does: whatever was answered, it was not restarted. */
function isUntouched({ change, before }: Progress, { startedAtText }: ContainerDetail): boolean {
  return change.what === 'restart' && before.running && before.process !== null && startedAtText === before.process;
}

function judgeStop(progress: Progress, detail: ContainerDetail | 'gone', waited: number): Judgement | null {
  if (detail !== 'gone' && isUp(detail.state)) {
    // Engines answer when it is down: one that says otherwise for a while has been told otherwise.
    return waited < limits.actions.upMs
      ? null
      : failed('down', 'runs again', 'was stopped, and runs again: something else has started it');
  }
  const note = endingNote(progress);
  const already = progress.answer?.kind === 'already';
  const ended = note === null || already ? '' : `: ${wasKilled(progress.change, progress.ending) ? 'it ' : ''}${note}`;
  const gone = detail === 'gone' ? ', and is gone' : '';
  return succeeded(progress, note, `was stopped${already ? ' already' : ''}${gone}${ended}`);
}

/** Without a health check: any end is one too many. */
function judgeUp(progress: Progress, isCancelled: boolean): Judgement | null {
  const { seen, upSince } = progress;
  if (deathsOf(progress) > 0) {
    const exit = exitWords(progress.lastExit);
    return failed('well', `${exit}, started again by its engine`, `${exit}, and was started again by its engine`);
  }
  const upMs = (seen?.at ?? 0) - (upSince ?? 0);
  if (upMs >= limits.actions.upMs) {
    const note = `up for ${span(limits.actions.upMs)}, no health check`;
    return succeeded(progress, note, `${isUpWords(progress)}; it has no health check`);
  }
  return isCancelled ? cut(progress) : null;
}

function judgeHealth(progress: Progress, detail: ContainerDetail, isCancelled: boolean): Judgement | null {
  const waited = (progress.seen?.at ?? 0) - (progress.answer?.at ?? 0);
  const deaths = deathsOf(progress);
  if (detail.health === 'healthy') {
    const again = deaths === 0 ? '' : `, having ended ${times(deaths)} on the way`;
    const note = `healthy ${afterTime(waited)}${again}`;
    return succeeded(progress, note, `${isUpWords(progress)} and healthy${again}`);
  }
  if (detail.health === 'unhealthy') return failed('well', 'unhealthy', 'is up, but unhealthy', detail.healthOutput);
  if (deaths >= LOOP_DEATHS) return looping(progress);
  if (waited >= (progress.change.healthWaitMs ?? 0)) {
    const starting = `still starting after ${span(progress.change.healthWaitMs ?? 0)}`;
    return failed('well', starting, `is up, but ${starting}`, detail.healthOutput);
  }
  return isCancelled ? cut(progress) : null;
}

/** It has ended, for good or until its engine starts it again. */
function judgeEnded(progress: Progress, detail: ContainerDetail, isCancelled: boolean): Judgement | null {
  const { change, seen, answer, exitedLooks, lastExit } = progress;
  const deaths = deathsOf(progress);
  if (deaths >= LOOP_DEATHS) return looping(progress);
  if (hasFinished(progress, detail)) return finished(detail, deaths);
  const isOverForGood = detail.state === 'exited' && (!isToRestart(detail) || exitedLooks > 1);
  const waited = (seen?.at ?? 0) - (answer?.at ?? 0);
  const mayBecomeWell = change.healthWaitMs !== null && waited < change.healthWaitMs && !isCancelled;
  if (!isOverForGood && mayBecomeWell) return null;
  const when = whenEnded(detail);
  const code = lastExit === null ? null : String(lastExit);
  const again = detail.state === 'restarting' ? ', and is being restarted by its engine' : '';
  const memory = detail.oomKilled ? ', out of memory' : '';
  return failed(
    progress.startedAt === null ? 'up' : 'well',
    `${code === null ? 'ended' : `exit ${code}`}${when}${memory}`,
    `${code === null ? 'ended again' : `exited again with ${code}`}${when}${memory}${again}`,
    detail.error,
  );
}

/** It has done its work: what is made to run once, and ended well (DESIGN, verdicts). */
function hasFinished({ before }: Progress, detail: ContainerDetail): boolean {
  const { state, exitCode, oomKilled, restartPolicy, startedAtText } = detail;
  const runsOnce = restartPolicy.name === 'no' || restartPolicy.name === 'on-failure';
  // Else it is the process that was there before, and none was started after it.
  const isNew = startedAtText !== null && startedAtText !== before.process;
  return state === 'exited' && exitCode === 0 && !oomKilled && runsOnce && isNew;
}

function finished(detail: ContainerDetail, deaths: number): Judgement {
  const again = deaths <= 1 ? '' : `, having ended ${times(deaths - 1)} on the way`;
  const clause = said(`has finished (exit 0)${whenEnded(detail)}${again}`);
  return { state: 'succeeded', note: `finished, exit 0${whenEnded(detail)}${again}`, clause, isRemarkable: true };
}

/** ` after 2.1 s`; nothing where its times are not of one run. */
function whenEnded({ startedAt, finishedAt }: ContainerDetail): string {
  const isOfThisRun = startedAt !== null && finishedAt !== null && finishedAt >= startedAt;
  return isOfThisRun ? ` ${afterTime(finishedAt - startedAt)}` : '';
}

/** Podman shows `exited` for the moment between an end and the restart by its policy. */
function isToRestart({ restartPolicy, exitCode }: ContainerDetail): boolean {
  if (restartPolicy.name === 'on-failure') return exitCode !== 0;
  return restartPolicy.name !== 'no';
}

function looping(progress: Progress): Judgement {
  const exit = progress.lastExit === null ? '' : `, last exit ${progress.lastExit}`;
  const often = times(deathsOf(progress));
  return failed('well', `restarting${exit}`, `is restarting again and again: it ended ${often}${exit}`);
}

function cut(progress: Progress): Judgement {
  return {
    state: 'cut',
    note: 'not waited for',
    clause: said(`${isUpWords(progress)}, and was not waited for any longer`),
  };
}

/** What became of it, up to the point where it runs. */
function isUpWords(progress: Progress): string {
  const { answer, change, ending } = progress;
  if (change.what === 'start') return answer?.kind === 'already' ? 'was running already, and is up' : 'is up';
  return wasKilled(change, ending) ? `${endingNote(progress)}, and is up again` : 'is up again';
}

function succeeded(progress: Progress, note: string | null, clause: string): Judgement {
  const isRemarkable =
    deathsOf(progress) > 0 || progress.answer?.kind === 'already' || wasKilled(progress.change, progress.ending);
  return { state: 'succeeded', note, clause: said(clause), isRemarkable };
}

function failed(at: 'down' | 'up' | 'well', note: string, clause: string, output: string | null = null): Judgement {
  return { state: 'failed', at, note: said(note, output), clause: said(clause, output) };
}

function exitWords(code: number | null): string {
  return code === null ? 'ended again' : `exited again with ${code}`;
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}
