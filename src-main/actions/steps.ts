import type { EngineChange, PlanStep } from '#contract/actions.ts';
import { limits } from '../kernel/limits.ts';
import { isRunning } from './catalogue.ts';
import type { PlannedChange } from './model.ts';
import type { Subject } from './subjects.ts';
import { secondsInWords } from './words.ts';

interface Steps {
  readonly steps: readonly PlanStep[];
  readonly changes: readonly PlannedChange[];
}

/** What is done to each container, step by step. Where there are several, every step names its own. */
export function stepsFor(what: EngineChange, subjects: readonly Subject[]): Steps {
  const steps: PlanStep[] = [];
  const changes = subjects.map((subject): PlannedChange => {
    const { id, name, place } = subject;
    const graceSeconds = graceOf(subject);
    const healthWaitMs = what === 'stop' ? null : healthWaitOf(subject);
    const add = (text: string, request: string | null): number => steps.push({ text, request, containerId: id }) - 1;
    const texts = { word: subject.word, many: subjects.length > 1 };

    const sent = `POST /containers/${id.slice(0, 4)}…/${what}${what === 'start' ? '' : `?t=${graceSeconds}`}`;
    const down = what === 'start' ? null : add(stopText(what, subject, graceSeconds), sent);
    const up = what === 'stop' ? null : add(startText(what, texts), what === 'start' ? sent : null);
    const well = what === 'stop' ? null : add(wellText(healthWaitMs, texts), `GET /containers/${id.slice(0, 4)}…/json`);
    return {
      containerId: id,
      name,
      service: place.service,
      what,
      graceSeconds,
      steps: { down, up, well },
      healthWaitMs,
    };
  });
  return { steps, changes };
}

/** Seconds from the stop signal to the kill: what the container asks for, of a database never too little. */
function graceOf({ detail, protection }: Pick<Subject, 'detail' | 'protection'>): number {
  const { graceSeconds, databaseGraceSeconds, mostGraceSeconds } = limits.actions;
  const own = Math.ceil(detail.stopTimeoutSeconds ?? graceSeconds);
  const least = protection === 'database' ? databaseGraceSeconds : 0;
  return Math.min(Math.max(own, least), mostGraceSeconds);
}

/** Milliseconds; null where there is no health check. */
function healthWaitOf({ detail }: Subject): number | null {
  const { healthyMs, mostHealthyMs } = limits.actions;
  return detail.healthWaitMs === null ? null : Math.min(Math.max(healthyMs, detail.healthWaitMs), mostHealthyMs);
}

interface StepWords {
  readonly word: string;
  readonly many: boolean;
}

function stopText(what: EngineChange, { word, detail }: Subject, graceSeconds: number): string {
  const signal = /^\d+$/.test(detail.stopSignal) ? `signal ${detail.stopSignal}` : detail.stopSignal;
  // It may have begun to run again when this is done, and is stopped first then.
  const ended = what === 'restart' && !isRunning(detail.state) && detail.state !== 'paused';
  return `Stop ${word}${ended ? ' if it runs' : ''} (${signal}, ${secondsInWords(graceSeconds)})`;
}

function startText(what: EngineChange, { word, many }: StepWords): string {
  return what === 'start' ? `Start ${word}` : `Start ${many ? word : 'it'} again, same configuration`;
}

function wellText(healthWaitMs: number | null, { word, many }: StepWords): string {
  if (healthWaitMs === null) {
    return `See that ${many ? word : 'it'} stays up for ${secondsInWords(limits.actions.upMs / 1_000)}`;
  }
  return `Wait until ${many ? `${word} is ` : ''}healthy, at most ${secondsInWords(healthWaitMs / 1_000)}`;
}
